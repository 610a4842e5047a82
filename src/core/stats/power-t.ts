import { normalTails } from './normal.js';
import { forEachNode } from './quadrature.js';
import { logGammaPrefactor } from './saddle-point.js';
import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { studentQuantile } from './student-t.js';

/**
 * Power of Student's test with equal arms by the noncentral t, for designs with few clusters; both rejection sides count (R power.t.test, strict).
 *
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two units an arm
 */
export function powerTTest(unitsPerArm: number, effect: number, standardDeviation: number, alpha: number, sides: 1 | 2): number {
  requireCount('units', unitsPerArm);
  requireFinite({ effect, standardDeviation });
  requireLevel('alpha', alpha);
  requireValid(standardDeviation > 0, `a standard deviation must be above 0, received ${standardDeviation}`);
  if (unitsPerArm < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${unitsPerArm}`);
  const degreesOfFreedom = 2 * unitsPerArm - 2;
  const noncentrality = effect / (standardDeviation * Math.sqrt(2 / unitsPerArm));
  const critical = studentQuantile(alpha / sides, degreesOfFreedom, 'upper');
  const right = noncentralUpper(critical, degreesOfFreedom, sides === 2 ? Math.abs(noncentrality) : noncentrality);
  return sides === 1 ? right : right + noncentralUpper(critical, degreesOfFreedom, -Math.abs(noncentrality));
}

/** P(T > t) of the noncentral t: the normal tail at t u, averaged over u = sqrt(chi-square / df). */
function noncentralUpper(t: number, degreesOfFreedom: number, noncentrality: number): number {
  const shape = degreesOfFreedom / 2;
  const step = 1 / Math.sqrt(2 * degreesOfFreedom);
  const edges: number[] = [];
  for (let k = -14; k <= 14; k++) if (1 + k * step > 0) edges.push(1 + k * step);
  if (1 - 14 * step <= 0) edges.unshift(0);
  let upper = 0;
  forEachNode(edges, (u, weight) => {
    const density = (2 / u) * Math.exp(logGammaPrefactor(shape, shape * u * u));
    upper += weight * density * normalTails(t * u - noncentrality).upper;
  });
  return Math.min(1, upper);
}
