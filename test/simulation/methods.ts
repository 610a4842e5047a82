import { finalShare, mixtureTargetUnits, sequenceShare } from '../../src/core/evaluation-look.js';
import type { Definition, EvaluationPlan } from '../../src/core/experiment.js';
import { normalQuantile } from '../../src/core/stats/normal.js';
import { plan } from '../core/totals.js';
import { type Boundaries, sequenceBoundaries, spendingBoundaries, waldBoundaries } from './prediction.js';

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
  /** Looks beyond which its p-values take too long to be computed for every run. */
  readonly mostLooks: number;
  /** Cost of an evaluation, in those of ALWAYS_VALID. */
  readonly effort: number;
  plan(horizon: Horizon): Definition;
  /** Where it stops, in z. @param plannedDrift minimumEffect in standard errors at the horizon */
  boundaries?(definition: Definition, horizon: Horizon, plannedDrift: number): Boundaries;
}

const final = normalQuantile((finalShare * alpha) / 2, 'upper');

/** All methods of the plan, with a horizon and without. */
export const methods: readonly MethodCase[] = [
  methodCase('ALWAYS_VALID', ({ minimumEffect }) => ({ minimumEffect }), {
    boundaries: (definition, { units, looks }) => ({ claim: sequenceBoundaries(alpha, mixtureTargetUnits(definition), units, looks) }),
  }),
  methodCase('ALWAYS_VALID, horizon', ({ units }) => ({ horizonUnits: units }), {
    boundaries: (definition, { units, looks }) =>
      withFinalTest({ claim: sequenceBoundaries(sequenceShare * alpha, mixtureTargetUnits(definition), units, looks) }),
  }),
  methodCase('FREQUENTIST_T_TEST', ({ looks }) => ({ method: 'FREQUENTIST_T_TEST', maxPeeks: looks }), {
    boundaries: (_, { looks }) => ({ claim: Array.from({ length: looks }, () => normalQuantile(alpha / looks / 2, 'upper')) }),
  }),
  ...(['OBRIEN_FLEMING', 'POCOCK'] as const).map((spending) =>
    methodCase(
      `GROUP_SEQUENTIAL, ${spending === 'POCOCK' ? 'Pocock' : "O'Brien-Fleming"}`,
      ({ looks, units }) => ({ method: 'GROUP_SEQUENTIAL', spending, maxPeeks: looks, horizonUnits: units }),
      { boundaries: (_, { looks }) => ({ claim: spendingBoundaries(spending, alpha, looks) }), mostLooks: 28, effort: 1.5 },
    ),
  ),
  methodCase('SPRT', ({ minimumEffect }) => ({ method: 'SPRT', minimumEffect }), {
    boundaries: (_, { looks }, drift) => waldBoundaries(waldErrors(1), drift, looks),
  }),
  methodCase('SPRT, horizon', ({ minimumEffect, units }) => ({ method: 'SPRT', minimumEffect, horizonUnits: units }), {
    boundaries: (_, { looks }, drift) => withFinalTest(waldBoundaries(waldErrors(sequenceShare), drift, looks)),
  }),
  methodCase('BAYESIAN', () => ({ method: 'BAYESIAN', lossThreshold: 0.0002 }), { promisedAlpha: null, effort: 25 }),
];

/** @param share of both errors that the sequential test may use */
function waldErrors(share: number) {
  return { alpha: share * alpha, alphaOfOneSide: alpha / 2, beta: share * 0.2 };
}

/** The last look claims by the final test too. */
function withFinalTest({ claim, ...rest }: Boundaries): Boundaries {
  return { ...rest, claim: claim.map((boundary, k) => (k === claim.length - 1 ? Math.min(boundary, final) : boundary)) };
}

function methodCase(name: string, changes: (horizon: Horizon) => Partial<EvaluationPlan>, rest: Partial<MethodCase> = {}): MethodCase {
  return { name, promisedAlpha: alpha, mostLooks: 1000, effort: 1, plan: (horizon) => plan(changes(horizon)), ...rest };
}

/** Fewer runs of a method that is slow and promises nothing that they would prove. */
export function affordable(
  { promisedAlpha }: MethodCase,
  looks: number,
  [full, quick]: readonly [number, number],
): readonly [number, number] {
  if (promisedAlpha !== null) return [full, quick];
  return [Math.min(full, Math.max(100, Math.round(6000 / looks))), looks > 28 ? 0 : Math.round(400 / looks)];
}

/** The method of that name. */
export function methodNamed(name: string): MethodCase {
  const found = methods.find((method) => method.name === name);
  if (!found) throw new Error(`no method is called ${name}`);
  return found;
}
