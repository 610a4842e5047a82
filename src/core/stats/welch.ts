import { type Moments, requireMoments } from './moments.js';
import { requireFinite, requireLevel, StatisticsError } from './statistics-error.js';
import { studentQuantile, studentTails } from './student-t.js';

/** An arm's estimate: its value, the variance of that estimate (not of a unit) and the independent units behind it. */
export interface ArmEstimate {
  readonly n: number;
  readonly value: number;
  readonly varianceOfValue: number;
}

export interface WelchTest {
  /** Treatment minus control. */
  readonly difference: number;
  readonly standardError: number;
  readonly t: number;
  readonly degreesOfFreedom: number;
  readonly pTwoSided: number;
  /** P(T >= t): small when the treatment is larger. */
  readonly pGreater: number;
  readonly pLess: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Welch's test of two means with Welch-Satterthwaite degrees of freedom.
 *
 * @param nullDifference  the difference that is tested, 0 when left out
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE when neither arm varies
 * @see Welch (1947)
 * @example welchTest({ n: 100, mean: 10, variance: 4 }, { n: 120, mean: 10.6, variance: 5 }, 0.95).pTwoSided; // 0.0369
 */
export function welchTest(control: Moments, treatment: Moments, level: number, nullDifference = 0): WelchTest {
  requireLevel('level', level);
  requireFinite({ nullDifference });
  requireMoments(control, treatment);
  const estimate = ({ n, mean, variance }: Moments): ArmEstimate => ({ n, value: mean, varianceOfValue: variance / n });
  return welchOfEstimates(estimate(control), estimate(treatment), level, nullDifference);
}

/** Standard error of a difference and its Welch-Satterthwaite degrees of freedom. @throws StatisticsError ZERO_VARIANCE @see Welch (1947) */
export function welchError(control: Pick<ArmEstimate, 'n' | 'varianceOfValue'>, treatment: Pick<ArmEstimate, 'n' | 'varianceOfValue'>) {
  const sum = control.varianceOfValue + treatment.varianceOfValue;
  if (!(sum > 0)) throw new StatisticsError('ZERO_VARIANCE', 'neither arm varies');
  const share = ({ n, varianceOfValue }: typeof control) => (varianceOfValue / sum) ** 2 / (n - 1);
  return { standardError: Math.sqrt(sum), degreesOfFreedom: 1 / (share(control) + share(treatment)) };
}

/** The same for any two estimates with known variance: ratios, adjusted means, clusters. @throws StatisticsError ZERO_VARIANCE @see Welch (1947) */
export function welchOfEstimates(control: ArmEstimate, treatment: ArmEstimate, level: number, nullDifference = 0): WelchTest {
  const { standardError, degreesOfFreedom } = welchError(control, treatment);
  const difference = treatment.value - control.value;
  const t = (difference - nullDifference) / standardError;
  requireFinite({ t });
  const { lower: pLess, upper: pGreater } = studentTails(t, degreesOfFreedom);
  const halfWidth = studentQuantile((1 - level) / 2, degreesOfFreedom, 'upper') * standardError;
  return {
    difference,
    standardError,
    t,
    degreesOfFreedom,
    pTwoSided: Math.min(1, 2 * Math.min(pLess, pGreater)),
    pGreater,
    pLess,
    lower: difference - halfWidth,
    upper: difference + halfWidth,
  };
}
