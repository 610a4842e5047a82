import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { welchOfEstimates } from './welch.js';

/** Moments of the outcome y and of the unit's value x before exposure, in one arm. */
export interface CovariateMoments {
  readonly n: number;
  readonly meanY: number;
  readonly varianceY: number;
  readonly meanX: number;
  readonly varianceX: number;
  readonly covariance: number;
}

/** What is taken off every unit: theta (x - meanX). */
export interface CovariateAdjustment {
  readonly theta: number;
  /** Over the units of all arms. */
  readonly meanX: number;
}

/** A variance that rounding has put below 0 by less than this share of its terms is 0. */
const rounding = 1e-9;

/** The slope of y on x from the covariance inside the arms, which an effect does not disturb; 0 when x does not vary. @see Deng et al. (2013) */
export function cupedSlope(arms: readonly CovariateMoments[]): number {
  const covariance = arms.reduce((sum, arm) => sum + (arm.n - 1) * arm.covariance, 0);
  const variance = arms.reduce((sum, arm) => sum + (arm.n - 1) * arm.varianceX, 0);
  return variance > 0 ? covariance / variance : 0;
}

/**
 * One adjustment for all arms of an experiment. @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two units in an arm
 * @see Deng et al. (2013)
 */
export function covariateAdjustment(arms: readonly CovariateMoments[]): CovariateAdjustment {
  requireArms(arms);
  const units = arms.reduce((sum, { n }) => sum + n, 0);
  return { theta: cupedSlope(arms), meanX: arms.reduce((sum, { n, meanX }) => sum + (n / units) * meanX, 0) };
}

/**
 * Difference of means with the variance that values before exposure explain taken out: y - theta (x - mean of x over all arms), then Welch.
 * The variance of an arm is s_y^2 + theta^2 s_x^2 - 2 theta s_xy.
 *
 * @param adjustment  that of all arms of the experiment; by default of these two
 * @returns `varianceReduction` is the share of the difference's variance that is gone
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE
 * @see Deng, Xu, Kohavi and Walker (2013)
 */
export function cupedDifference(
  control: CovariateMoments,
  treatment: CovariateMoments,
  level: number,
  adjustment: CovariateAdjustment = covariateAdjustment([control, treatment]),
) {
  requireLevel('level', level);
  requireArms([control, treatment]);
  requireFinite({ ...adjustment });
  const adjustedControl = adjusted(control, adjustment);
  const adjustedTreatment = adjusted(treatment, adjustment);
  // The difference from differences: adjusted means far from 0 would leave it fewer digits.
  const difference = treatment.meanY - control.meanY - adjustment.theta * (treatment.meanX - control.meanX);
  const estimate = (n: number, value: number, variance: number) => ({ n, value, varianceOfValue: variance / n });
  const test = welchOfEstimates(
    estimate(control.n, 0, adjustedControl.variance),
    estimate(treatment.n, difference, adjustedTreatment.variance),
    level,
  );
  const plainVariance = control.varianceY / control.n + treatment.varianceY / treatment.n;
  const varianceReduction = plainVariance > 0 ? 1 - test.standardError ** 2 / plainVariance : 0;
  return { ...test, theta: adjustment.theta, adjustedControl, adjustedTreatment, varianceReduction };
}

function adjusted({ meanY, varianceY, meanX, varianceX, covariance }: CovariateMoments, { theta, meanX: centre }: CovariateAdjustment) {
  const terms = varianceY + theta ** 2 * varianceX;
  const variance = terms - 2 * theta * covariance;
  requireValid(variance >= -rounding * terms, `a covariance of ${covariance} does not fit variances of ${varianceX} and ${varianceY}`);
  return { mean: meanY - theta * (meanX - centre), variance: Math.max(0, variance) };
}

function requireArms(arms: readonly CovariateMoments[]): void {
  for (const arm of arms) {
    requireCount('n', arm.n);
    requireFinite({ ...arm });
    requireValid(arm.varianceY >= 0 && arm.varianceX >= 0, 'a variance cannot be negative');
    // A hair of slack: sums in doubles may leave a perfect correlation a digit above 1.
    const largest = Math.sqrt(arm.varianceX) * Math.sqrt(arm.varianceY);
    requireValid(Math.abs(arm.covariance) <= largest * (1 + 1e-9), `a covariance of ${arm.covariance} exceeds the deviations' ${largest}`);
  }
  for (const { n } of arms) if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${n}`);
}
