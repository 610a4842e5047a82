import { normalTails } from './normal.js';
import { forEachNode } from './quadrature.js';
import { logGammaPrefactor } from './saddle-point.js';
import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { studentQuantile } from './student-t.js';

/** Deviations of the estimated deviation that are integrated over; beyond the normal's own two ends its tail is 1 and 0. */
const reach = 14;
const normalEnds = [-10, 38] as const;

/**
 * P(T > t) of the noncentral t: the mean of P(Z > t w - noncentrality) over w = sqrt(chi-square / df), the estimated deviation over the true one.
 *
 * @param t                 any finite number
 * @param degreesOfFreedom  1 or more
 * @param noncentrality     any finite number
 * @returns 1e-11 relative down to 1e-100
 * @see Johnson, Kotz and Balakrishnan (1995), chapter 31
 */
export function noncentralUpper(t: number, degreesOfFreedom: number, noncentrality: number): number {
  const shape = degreesOfFreedom / 2;
  let sum = 0;
  forEachNode(panels(t, degreesOfFreedom, noncentrality), (w, weight) => {
    // Density of w from that of chi-square / 2, a gamma with shape df / 2: x density(x) = w density(w) / 2.
    const density = (2 / w) * Math.exp(logGammaPrefactor(shape, shape * w * w));
    sum += weight * density * normalTails(t * w - noncentrality).upper;
  });
  return Math.min(1, sum);
}

/** Panels as wide as a deviation of w and as one of the normal, whichever is less where both change. */
function panels(t: number, degreesOfFreedom: number, noncentrality: number): readonly number[] {
  const deviation = Math.min(1, 1 / Math.sqrt(2 * degreesOfFreedom));
  const low = Math.max(0, 1 - reach * deviation);
  const high = 1 + reach * deviation;
  const edges: number[] = [];
  for (let k = 1 - reach; k < reach; k++) edges.push(1 + k * deviation);
  for (let k: number = normalEnds[0]; k <= normalEnds[1]; k++) edges.push((noncentrality + k) / t);
  // A panel of next to no width at 0 would divide by what is no normal double.
  const least = 1e-9 * deviation;
  return [low, ...edges.filter((edge) => edge > low + least && edge < high).toSorted((a, b) => a - b), high];
}

/**
 * Power of Student's test of two equal arms with a common unknown variance, by the noncentral t: for designs with so few units (clusters) that
 * the normal approximation promises too much. With two sides both rejections count (R power.t.test, strict).
 *
 * @param unitsPerArm        whole, 2 or more
 * @param effect             difference of the means; with one side in the direction of the alternative
 * @param standardDeviation  of a unit, above 0
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two units an arm, ZERO_VARIANCE for a deviation of 0
 * @example powerTTest(20, 1, 1.2, 0.05, 2); // 0.7285
 */
export function powerTTest(unitsPerArm: number, effect: number, standardDeviation: number, alpha: number, sides: 1 | 2): number {
  requireCount('units per arm', unitsPerArm);
  requireFinite({ effect, standardDeviation });
  requireLevel('alpha', alpha);
  requireValid(sides === 1 || sides === 2, `a test has 1 or 2 sides, received ${sides}`);
  requireValid(standardDeviation >= 0, `a standard deviation cannot be negative, received ${standardDeviation}`);
  if (unitsPerArm < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${unitsPerArm}`);
  if (standardDeviation === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard deviation is 0');
  const degreesOfFreedom = 2 * unitsPerArm - 2;
  const noncentrality = (effect / standardDeviation) * Math.sqrt(unitsPerArm / 2);
  requireFinite({ noncentrality });
  const critical = studentQuantile(alpha / sides, degreesOfFreedom, 'upper');
  const other = sides === 2 ? noncentralUpper(critical, degreesOfFreedom, -noncentrality) : 0;
  return Math.min(1, noncentralUpper(critical, degreesOfFreedom, noncentrality) + other);
}
