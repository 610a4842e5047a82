import type { ArmSums, EvaluationInput, MetricSums } from '../../src/core/evaluation.js';
import type { Definition, EvaluationPlan, MetricDefinition } from '../../src/core/experiment.js';

/** Plans and totals for tests of the statistical rules, sound unless a test spoils them, and seeded draws. */

export function metric(changes: Partial<MetricDefinition> = {}): MetricDefinition {
  return {
    key: 'purchase',
    name: null,
    type: 'CONVERSION',
    direction: 'INCREASE',
    role: 'PRIMARY',
    threshold: null,
    action: null,
    windowHours: null,
    denominator: null,
    cap: null,
    cuped: false,
    ...changes,
  };
}

/** Harm of more than 2 points of errors rolls back. */
export const errorGuardrail = metric({ key: 'error', direction: 'DECREASE', role: 'GUARDRAIL', threshold: 0.02, action: 'ROLLBACK' });

export function plan(
  changes: Partial<EvaluationPlan> = {},
  metrics: readonly MetricDefinition[] = [metric()],
  variants = ['control', 'green'],
): Definition {
  return {
    key: 'checkout',
    name: 'Checkout',
    hypothesis: null,
    owner: null,
    tags: [],
    design: 'AB_TEST',
    hashKey: 'userId',
    hashStrategy: 'CONSISTENT_HASH',
    salt: 'pepper',
    exclusionGroup: null,
    trafficAllocation: 1,
    variants: variants.map((key, index) => ({ key, name: null, weight: 1 / variants.length, isControl: index === 0, payload: null })),
    metrics,
    targeting: { include: [], exclude: [] },
    evaluation: {
      method: 'ALWAYS_VALID',
      alpha: 0.05,
      power: 0.8,
      correction: 'HOLM',
      maxPeeks: 5,
      spending: 'OBRIEN_FLEMING',
      minSampleSize: 100,
      horizonUnits: null,
      minimumEffect: null,
      lossThreshold: null,
      schedule: 'every_60s',
      segments: [],
      ...changes,
    },
    bandit: null,
    rollback: { enabled: true, conditions: ['GUARDRAIL_BREACH', 'SRM_DETECTED'], autoDeploy: false },
    switchback: null,
    ramp: [],
  };
}

/** Units that converted. */
export function converted(count: number): MetricSums {
  return { units: count, events: count, total: `${count}`, sumX: `${count}`, sumX2: `${count}` };
}

export function arm(variant: string, units: number, metrics: ArmSums['metrics'] | number, period = 1): ArmSums {
  return { variant, period, units, metrics: typeof metrics === 'number' ? { purchase: converted(metrics) } : metrics };
}

/** An evaluation's input with even allocation and the units of the arms; a confirmatory first look. */
export function look(definition: Definition, arms: readonly ArmSums[], changes: Partial<EvaluationInput> = {}): EvaluationInput {
  const units = definition.variants.map(({ key }) => arms.reduce((sum, cell) => (cell.variant === key ? sum + cell.units : sum), 0));
  return {
    definition,
    versions: [{ version: 1, propensities: units.map(() => 1 / units.length), units }],
    arms,
    previous: null,
    looksUsed: 0,
    final: false,
    confirmatory: true,
    ...changes,
  };
}

/** Uniform draws in [0, 1) from a seed (Marsaglia's xorshift32 after an integer scramble). */
export function draws(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A binomial draw: exact below 60 trials, else its normal approximation, rounded. */
export function binomial(next: () => number, trials: number, rate: number): number {
  if (trials < 60) {
    let count = 0;
    for (let i = 0; i < trials; i++) if (next() < rate) count++;
    return count;
  }
  const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Math.min(trials, Math.max(0, Math.round(trials * rate + normal * Math.sqrt(trials * rate * (1 - rate)))));
}
