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

/** The slope of y on x from the covariance inside the arms, which an effect does not disturb; 0 when x does not vary. */
export function cupedSlope(arms: readonly CovariateMoments[]): number {
  const covariance = arms.reduce((sum, arm) => sum + (arm.n - 1) * arm.covariance, 0);
  const variance = arms.reduce((sum, arm) => sum + (arm.n - 1) * arm.varianceX, 0);
  return variance > 0 ? covariance / variance : 0;
}

/**
 * Difference of means with the variance that values before exposure explain taken out: y - theta (x - mean of x over all arms), then Welch.
 *
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE
 * @see Deng, Xu, Kohavi and Walker (2013)
 */
export function cupedDifference(control: CovariateMoments, treatment: CovariateMoments, level: number) {
  requireLevel('level', level);
  const arms = [control, treatment];
  for (const arm of arms) {
    requireCount('n', arm.n);
    requireFinite({ ...arm });
    requireValid(arm.varianceY >= 0 && arm.varianceX >= 0, 'a variance cannot be negative');
    // A hair of slack: sums in doubles may leave a perfect correlation a digit above 1.
    requireValid(arm.covariance ** 2 <= arm.varianceX * arm.varianceY * (1 + 1e-9), 'a covariance cannot exceed the deviations');
  }
  for (const { n } of arms) if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${n}`);
  const theta = cupedSlope(arms);
  const meanX = (control.n * control.meanX + treatment.n * treatment.meanX) / (control.n + treatment.n);
  const adjusted = arms.map((arm) => ({
    mean: arm.meanY - theta * (arm.meanX - meanX),
    variance: Math.max(0, arm.varianceY + theta ** 2 * arm.varianceX - 2 * theta * arm.covariance),
  }));
  const [adjustedControl, adjustedTreatment] = adjusted as [(typeof adjusted)[0], (typeof adjusted)[0]];
  const test = welchOfEstimates(
    { n: control.n, value: adjustedControl.mean, varianceOfValue: adjustedControl.variance / control.n },
    { n: treatment.n, value: adjustedTreatment.mean, varianceOfValue: adjustedTreatment.variance / treatment.n },
    level,
  );
  const plainVariance = control.varianceY / control.n + treatment.varianceY / treatment.n;
  return { ...test, theta, adjustedControl, adjustedTreatment, varianceReduction: 1 - test.standardError ** 2 / plainVariance };
}
