import { lift, type MeanPair } from './lift.js';
import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type ArmEstimate, type WelchTest, welchOfEstimates } from './welch.js';

/** An arm's numerator and denominator summed by unit, e.g. orders and sessions of a user; variances and covariance of a unit, unbiased. */
export interface RatioMoments {
  readonly n: number;
  readonly meanNumerator: number;
  readonly meanDenominator: number;
  readonly varianceNumerator: number;
  readonly varianceDenominator: number;
  readonly covariance: number;
}

export interface RatioTest extends WelchTest {
  readonly ratioControl: number;
  readonly ratioTreatment: number;
  readonly standardErrorControl: number;
  readonly standardErrorTreatment: number;
  /** Difference over |control ratio| by the delta method; null when the control's ratio is 0, which leaves the difference as it is. */
  readonly lift: number | null;
  readonly liftStandardError: number | null;
}

/** A variance that rounding has put below 0 by less than this share of its terms is 0. */
const rounding = 1e-12;

/**
 * Difference of two ratios of means whose denominator is random too (clicks per view with users randomised), by the delta method:
 * the variance of an arm's ratio R is (s_n^2 - 2 R s_nd + R^2 s_d^2) / (mean_d^2 n); Welch's test on top.
 *
 * @param level  of the interval, in (0, 1)
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_BASELINE when an arm's mean denominator is 0, ZERO_VARIANCE
 * @see Deng, Knoblich and Lu (2018)
 */
export function ratioTest(control: RatioMoments, treatment: RatioMoments, level: number): RatioTest {
  requireLevel('level', level);
  for (const { n, ...moments } of [control, treatment]) {
    requireCount('n', n);
    requireFinite(moments);
    requireValid(moments.varianceNumerator >= 0 && moments.varianceDenominator >= 0, 'a variance cannot be negative');
  }
  for (const { n } of [control, treatment]) {
    if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${n}`);
  }
  const [own, other] = [ratioOf(control), ratioOf(treatment)];
  const test = welchOfEstimates(own, other, level);
  const relative = liftOf({
    controlMean: own.value,
    treatmentMean: other.value,
    controlVariance: own.varianceOfValue,
    treatmentVariance: other.varianceOfValue,
  });
  return {
    ...test,
    ratioControl: own.value,
    ratioTreatment: other.value,
    standardErrorControl: Math.sqrt(own.varianceOfValue),
    standardErrorTreatment: Math.sqrt(other.varianceOfValue),
    lift: relative?.lift ?? null,
    liftStandardError: relative?.standardError ?? null,
  };
}

/** An arm's ratio with the variance of that ratio. @throws StatisticsError ZERO_BASELINE, INVALID_DATA for a covariance that cannot be */
export function ratioOf({
  n,
  meanNumerator,
  meanDenominator,
  varianceNumerator,
  varianceDenominator,
  covariance,
}: RatioMoments): ArmEstimate {
  if (meanDenominator === 0) throw new StatisticsError('ZERO_BASELINE', 'the mean denominator is 0');
  const value = meanNumerator / meanDenominator;
  requireFinite({ ratio: value });
  const own = varianceNumerator + value * value * varianceDenominator;
  const variance = own - 2 * value * covariance;
  requireValid(
    variance >= -rounding * own,
    `a covariance of ${covariance} does not fit variances of ${varianceNumerator} and ${varianceDenominator}`,
  );
  return { n, value, varianceOfValue: Math.max(0, variance) / meanDenominator ** 2 / n };
}

function liftOf(pair: MeanPair): ReturnType<typeof lift> | null {
  return pair.controlMean === 0 ? null : lift(pair);
}
