import { normalQuantile, normalTails } from './normal.js';
import { requireCount, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** Units that did it, of units that could. */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

/** @throws StatisticsError INVALID_DATA for counts that cannot be, INSUFFICIENT_SAMPLE without trials */
export function requireProportion(...arms: readonly Proportion[]): void {
  for (const { successes, trials } of arms) {
    requireCount('successes', successes);
    requireCount('trials', trials);
    requireValid(successes <= trials, `${successes} successes of ${trials} trials`);
  }
  for (const { trials } of arms) if (trials === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no trials');
}

/** Treatment rate minus control rate from counts, exact in the numerator. */
export function rateDifference(control: Proportion, treatment: Proportion): number {
  const numerator = BigInt(treatment.successes) * BigInt(control.trials) - BigInt(control.successes) * BigInt(treatment.trials);
  return Number(numerator) / control.trials / treatment.trials;
}

/**
 * Score test of two rates with the pooled variance, and beside it the test and interval with each arm's own (Wald).
 *
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE when all or none of the trials succeeded
 * @see R prop.test(correct = FALSE), of which z squared is the statistic
 */
export function twoProportionTest(control: Proportion, treatment: Proportion, level: number) {
  requireLevel('level', level);
  requireProportion(control, treatment);
  const trials = control.trials + treatment.trials;
  const successes = control.successes + treatment.successes;
  if (successes === 0 || successes === trials) throw new StatisticsError('ZERO_VARIANCE', `${successes} successes of ${trials} trials`);
  const pooledVariance = (successes / trials) * ((trials - successes) / trials);
  const difference = rateDifference(control, treatment);
  const standardErrorPooled = Math.sqrt(pooledVariance / control.trials + pooledVariance / treatment.trials);
  const ownVariance = (arm: Proportion) => ((arm.successes / arm.trials) * ((arm.trials - arm.successes) / arm.trials)) / arm.trials;
  const standardErrorUnpooled = Math.sqrt(ownVariance(control) + ownVariance(treatment));
  const z = difference / standardErrorPooled;
  // All of one arm and none of the other: its own variance is 0, and Wald's test has nothing to say.
  const zUnpooled = standardErrorUnpooled > 0 ? difference / standardErrorUnpooled : null;
  const halfWidth = normalQuantile((1 - level) / 2, 'upper') * standardErrorUnpooled;
  return {
    rateControl: control.successes / control.trials,
    rateTreatment: treatment.successes / treatment.trials,
    difference,
    standardErrorPooled,
    z,
    pTwoSided: Math.min(1, 2 * normalTails(Math.abs(z)).upper),
    standardErrorUnpooled,
    zUnpooled,
    pTwoSidedUnpooled: zUnpooled === null ? null : Math.min(1, 2 * normalTails(Math.abs(zUnpooled)).upper),
    lower: difference - halfWidth,
    upper: difference + halfWidth,
  };
}
