import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type ArmEstimate, type WelchTest, welchOfEstimates } from './welch.js';

/** An arm's metric y and covariate x, which dates from before the first exposure; variances and covariance of a unit, unbiased. */
export interface CovariateMoments {
  readonly n: number;
  readonly meanY: number;
  readonly varianceY: number;
  readonly meanX: number;
  readonly varianceX: number;
  readonly covarianceXY: number;
}

/** What is taken off every unit: theta (x - mean of x over all arms). */
export interface CovariateAdjustment {
  readonly theta: number;
  readonly meanX: number;
}

export interface CupedTest extends WelchTest {
  readonly theta: number;
  readonly adjustedMeanControl: number;
  readonly adjustedMeanTreatment: number;
  /** Of a unit. */
  readonly adjustedVarianceControl: number;
  readonly adjustedVarianceTreatment: number;
  /** Share of the difference's variance that is gone; below 0 where the arms' slopes disagree. */
  readonly varianceReduction: number;
}

/** A variance that rounding has put below 0 by less than this share of its terms is 0. */
const rounding = 1e-12;

/**
 * One slope for all arms: pooled within-arm covariance over pooled within-arm variance, the coefficient of x in y ~ arm + x.
 * An effect does not disturb it, as it would disturb the slope over all data. Without variance in x it is 0.
 *
 * @param arms  of the experiment, all that share the adjustment
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two units in an arm
 * @see Deng, Xu, Kohavi and Walker (2013); Lin (2013)
 */
export function covariateAdjustment(arms: readonly CovariateMoments[]): CovariateAdjustment {
  requireArms(arms);
  const sum = (of: (arm: CovariateMoments) => number) => arms.reduce((total, arm) => total + of(arm), 0);
  const variation = sum(({ n, varianceX }) => (n - 1) * varianceX);
  const units = sum(({ n }) => n);
  return {
    theta: variation > 0 ? sum(({ n, covarianceXY }) => (n - 1) * covarianceXY) / variation : 0,
    meanX: sum(({ n, meanX }) => (n / units) * meanX),
  };
}

/**
 * Welch's test of y - theta (x - mean of x): the variance of an arm is s_y^2 + theta^2 s_x^2 - 2 theta s_xy.
 *
 * @param adjustment  that of all arms of the experiment; by default of these two
 * @throws StatisticsError INVALID_DATA also where a covariance is larger than its variances allow, INSUFFICIENT_SAMPLE,
 *   ZERO_VARIANCE when nothing is left to vary
 */
export function cupedTest(
  control: CovariateMoments,
  treatment: CovariateMoments,
  level: number,
  adjustment: CovariateAdjustment = covariateAdjustment([control, treatment]),
): CupedTest {
  requireLevel('level', level);
  requireArms([control, treatment]);
  requireFinite({ theta: adjustment.theta, meanX: adjustment.meanX });
  const adjusted = [control, treatment].map((arm) => adjustedArm(arm, adjustment)) as [AdjustedArm, AdjustedArm];
  const test = welchOfEstimates(adjusted[0], adjusted[1], level);
  const raw = control.varianceY / control.n + treatment.varianceY / treatment.n;
  return {
    ...test,
    theta: adjustment.theta,
    adjustedMeanControl: adjusted[0].value,
    adjustedMeanTreatment: adjusted[1].value,
    adjustedVarianceControl: adjusted[0].variance,
    adjustedVarianceTreatment: adjusted[1].variance,
    varianceReduction: raw > 0 ? 1 - (adjusted[0].varianceOfValue + adjusted[1].varianceOfValue) / raw : 0,
  };
}

type AdjustedArm = ArmEstimate & { readonly variance: number };

function adjustedArm({ n, meanY, varianceY, meanX, varianceX, covarianceXY }: CovariateMoments, { theta, meanX: centre }: CovariateAdjustment) {
  const own = varianceY + theta * theta * varianceX;
  const variance = own - 2 * theta * covarianceXY;
  requireValid(variance >= -rounding * own, `a covariance of ${covarianceXY} does not fit variances of ${varianceX} and ${varianceY}`);
  const kept = Math.max(0, variance);
  return { n, value: meanY - theta * (meanX - centre), variance: kept, varianceOfValue: kept / n };
}

function requireArms(arms: readonly CovariateMoments[]): void {
  for (const { n, ...moments } of arms) {
    requireCount('n', n);
    requireFinite(moments);
    const { varianceX, varianceY } = moments;
    requireValid(varianceX >= 0 && varianceY >= 0, `a variance cannot be negative, received ${varianceX} and ${varianceY}`);
  }
  for (const { n } of arms) if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${n}`);
}
