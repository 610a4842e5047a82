import { createHash } from 'node:crypto';
import type { Allocation } from '../../src/core/allocation.js';
import { compile } from '../../src/core/compiled-experiment.js';
import { normalise } from '../../src/core/definition.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import type { Experiment } from '../../src/core/experiment.js';
import { drawGroup, drawUnit, type Sha256 } from '../../src/core/hash.js';
import { boundsOf, firstAllocation, nextAllocation } from '../../src/core/reallocation.js';
import type { Unit } from '../../src/core/unit.js';

/** Definitions and experiments for tests of the rules, sound unless a test spoils them. */

export const sha256: Sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('binary');

export const startedAt = new Date('2025-01-02T03:04:05.678Z');

export function sampleInput(changes: Partial<DefinitionInput> = {}): DefinitionInput {
  return {
    key: 'checkout',
    name: 'Checkout',
    tags: [],
    design: 'AB_TEST',
    hashKey: 'userId',
    hashStrategy: 'CONSISTENT_HASH',
    salt: 'pepper',
    trafficAllocation: 1,
    variants: [
      { key: 'control', weight: 0.5, isControl: false, payload: { colour: 'grey' } },
      { key: 'green', weight: 0.5, isControl: false },
    ],
    metrics: {
      primary: { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false },
      secondary: [],
      guardrails: [],
    },
    ramp: [],
    ...changes,
  };
}

/** Variants of equal weight, the first of them the control. */
export function variantsOf(...keys: string[]): DefinitionInput['variants'] {
  return keys.map((key, i) => ({ key, weight: 1 / keys.length, isControl: i === 0 }));
}

/** A running experiment; its first allocation is made from the input. */
export function sampleExperiment(changes: Partial<Experiment> = {}, input: Partial<DefinitionInput> = {}): Experiment {
  const definition = normalise(sampleInput(input), { salt: 'unused' });
  const { variants, trafficAllocation } = definition;
  const allocation: Allocation = firstAllocation({ variants, bounds: boundsOf(definition), trafficAllocation, at: startedAt });
  return {
    id: '3f2b8a52-6a37-4d6d-9f3e-0c8f6f0a7a11',
    definition,
    status: 'RUNNING',
    revision: 1,
    version: 1,
    allocation,
    disabledVariants: [],
    overrides: [],
    exclusion: null,
    banditHaltedAt: null,
    banditResumedAt: null,
    planHash: null,
    looksUsed: 0,
    shippedVariant: null,
    createdAt: startedAt,
    updatedAt: startedAt,
    startedAt,
    endedAt: null,
    ...changes,
  };
}

export const user = (userId: string, more: Partial<Unit> = {}): Unit => ({ userId, isBot: false, ...more });

/** The first of user-0, user-1, ... whose draws are so. */
export function userWhere(experiment: Experiment, matches: (draws: { inclusion: number; slot: number; place: number }) => boolean): Unit {
  const { prefix, exclusion } = compile(experiment);
  for (let i = 0; ; i += 1) {
    const userId = `user-${i}`;
    if (matches({ ...drawUnit(prefix, userId, sha256), place: drawGroup(exclusion?.group ?? '', userId, sha256) })) return user(userId);
  }
}

export function running(input: Partial<DefinitionInput> = {}, changes: Partial<Experiment> = {}): Experiment & { allocation: Allocation } {
  const experiment = sampleExperiment(changes, input);
  if (!experiment.allocation) throw new Error('no allocation');
  return { ...experiment, allocation: experiment.allocation };
}

/** The experiment under its next allocation. */
export function moved<E extends Experiment & { allocation: Allocation }>(
  experiment: E,
  change: { weights?: number[]; trafficAllocation?: number },
): E {
  return { ...experiment, allocation: nextAllocation({ previous: experiment.allocation, cause: 'MANUAL', at: startedAt, ...change }) };
}
