import { DomainError } from '../../src/core/errors.js';
import { evaluate } from '../../src/core/evaluation.js';
import { finalShare, mixtureTargetUnits, sequenceShare } from '../../src/core/evaluation-look.js';
import type { Definition, EvaluationPlan } from '../../src/core/experiment.js';
import { normalQuantile } from '../../src/core/stats/normal.js';
import { arm, look, plan } from '../core/totals.js';
import { sequenceBoundaries, spendingBoundaries } from './prediction.js';

export const alpha = 0.05;

/** What a plan has to know beforehand. */
export interface Horizon {
  readonly looks: number;
  /** Of all variants, at the last look. */
  readonly units: number;
  /** Relative change to be found. */
  readonly minimumEffect: number;
}

/** A way to judge looks. */
export interface MethodCase {
  readonly name: string;
  /** Null where the method promises no rate of false positives. */
  readonly promisedAlpha: number | null;
  /** Looks beyond which it is not planned. */
  readonly mostLooks: number;
  plan(horizon: Horizon): Definition;
  /** Two-sided critical z of each look, where that is how the method judges. */
  boundaries?(definition: Definition, horizon: Horizon): readonly number[];
}

/** All methods of the plan, those that are still to come too. */
export const methods: readonly MethodCase[] = [
  sequential('ALWAYS_VALID', ({ minimumEffect }) => ({ minimumEffect }), {
    boundaries: (definition, { units, looks }) => sequenceBoundaries(alpha, mixtureTargetUnits(definition), units, looks),
  }),
  sequential('ALWAYS_VALID, horizon', ({ units }) => ({ horizonUnits: units }), {
    boundaries(definition, { units, looks }) {
      const always = sequenceBoundaries(sequenceShare * alpha, mixtureTargetUnits(definition), units, looks);
      const final = normalQuantile((finalShare * alpha) / 2, 'upper');
      return always.map((boundary, k) => (k === looks - 1 ? Math.min(boundary, final) : boundary));
    },
  }),
  sequential('FREQUENTIST_T_TEST', ({ looks }) => ({ method: 'FREQUENTIST_T_TEST', maxPeeks: looks }), {
    boundaries: (_, { looks }) => Array.from({ length: looks }, () => normalQuantile(alpha / looks / 2, 'upper')),
  }),
  ...(['OBRIEN_FLEMING', 'POCOCK'] as const).map((spending) =>
    sequential(
      `GROUP_SEQUENTIAL, ${spending === 'POCOCK' ? 'Pocock' : "O'Brien-Fleming"}`,
      ({ looks, units }) => ({ method: 'GROUP_SEQUENTIAL', spending, maxPeeks: looks, horizonUnits: units }),
      { boundaries: (_, { looks }) => spendingBoundaries(spending, alpha, looks), mostLooks: 28 },
    ),
  ),
  sequential('SPRT', ({ units, minimumEffect }) => ({ method: 'SPRT', minimumEffect, horizonUnits: units })),
  sequential('BAYESIAN', ({ units }) => ({ method: 'BAYESIAN', lossThreshold: 0.0002, horizonUnits: units }), { promisedAlpha: null }),
];

function sequential(name: string, changes: (horizon: Horizon) => Partial<EvaluationPlan>, rest: Partial<MethodCase> = {}): MethodCase {
  return { name, promisedAlpha: alpha, mostLooks: 1000, plan: (horizon) => plan(changes(horizon)), ...rest };
}

/** Whether `evaluate` accepts this plan; every other refusal is a fault and is thrown. */
export function isBuilt(definition: Definition): boolean {
  const arms = definition.variants.map(({ key }) => arm(key, 500, 50));
  try {
    evaluate(look(definition, arms));
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'METHOD_NOT_AVAILABLE') return false;
    throw error;
  }
}

/** The method of that name. */
export function methodNamed(name: string): MethodCase {
  const found = methods.find((method) => method.name === name);
  if (!found) throw new Error(`no method is called ${name}`);
  return found;
}
