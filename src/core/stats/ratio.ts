import { lift } from './lift.js';
import { finite, requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type ArmEstimate, welchOfEstimates } from './welch.js';

/** Moments of a numerator and a denominator a unit, in one arm. */
export interface RatioMoments {
  readonly n: number;
  readonly meanNumerator: number;
  readonly meanDenominator: number;
  readonly varianceNumerator: number;
  readonly varianceDenominator: number;
  readonly covariance: number;
}

/**
 * Difference of two ratios of sums, variances by the delta method on unit sums, then Welch: what is randomised is the unit, not the denominator.
 * The variance of a ratio R is (s_n^2 - 2 R s_nd + R^2 s_d^2) / (mean_d^2 n).
 *
 * @returns `lift` null when the control's ratio is 0
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_BASELINE for a denominator of 0, ZERO_VARIANCE
 * @see Deng, Knoblich and Lu (2018)
 */
export function ratioDifference(control: RatioMoments, treatment: RatioMoments, level: number) {
  requireLevel('level', level);
  for (const arm of [control, treatment]) {
    requireCount('n', arm.n);
    requireFinite({ ...arm });
    requireValid(arm.varianceNumerator >= 0 && arm.varianceDenominator >= 0, 'a variance cannot be negative');
  }
  for (const { n } of [control, treatment])
    if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${n}`);
  const controlRatio = ratioOf(control);
  const treatmentRatio = ratioOf(treatment);
  const test = welchOfEstimates(controlRatio, treatmentRatio, level);
  const pair = {
    controlMean: controlRatio.value,
    treatmentMean: treatmentRatio.value,
    controlVariance: controlRatio.varianceOfValue,
    treatmentVariance: treatmentRatio.varianceOfValue,
  };
  return finite({ ...test, controlRatio, treatmentRatio, lift: controlRatio.value === 0 ? null : lift(pair) });
}

function ratioOf(arm: RatioMoments): ArmEstimate {
  if (arm.meanDenominator === 0) throw new StatisticsError('ZERO_BASELINE', 'the denominator is 0');
  const value = arm.meanNumerator / arm.meanDenominator;
  requireFinite({ ratio: value });
  const terms = arm.varianceNumerator + value ** 2 * arm.varianceDenominator;
  const spread = terms - 2 * value * arm.covariance;
  // Rounding alone leaves a perfect fit a few digits below 0.
  requireValid(spread >= -1e-9 * terms, `a covariance of ${arm.covariance} does not fit its variances`);
  return { n: arm.n, value, varianceOfValue: Math.max(0, spread) / arm.meanDenominator ** 2 / arm.n };
}
