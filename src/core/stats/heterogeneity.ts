import { chiSquareTails } from './chi-square.js';
import { requireFinite, requireValid, StatisticsError } from './statistics-error.js';

/**
 * Cochran's Q: whether segments differ in effect by more than chance: squares about the mean weighted by 1/se^2, chi-square with segments - 1
 * degrees of freedom. One p-value a metric; segments are never ranked by their own.
 *
 * @param standardErrors  above 0, in the order of the estimates; two or more
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two segments, ZERO_VARIANCE
 * @see Cochran (1954)
 */
export function heterogeneity(estimates: readonly number[], standardErrors: readonly number[]) {
  requireValid(estimates.length === standardErrors.length, 'needs a standard error for each estimate');
  estimates.forEach((estimate, index) => {
    const standardError = standardErrors[index] ?? 0;
    requireFinite({ estimate, standardError });
    requireValid(standardError >= 0, `a standard error is at least 0, received ${standardError}`);
  });
  if (estimates.length < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'needs two segments');
  if (standardErrors.some((error) => error === 0)) throw new StatisticsError('ZERO_VARIANCE', 'a segment has the standard error 0');
  // Weights over the largest: none overflows.
  const smallest = Math.min(...standardErrors);
  const weights = standardErrors.map((error) => (smallest / error) ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // About the first estimate: effects that agree give exactly 0.
  const origin = estimates[0] ?? 0;
  const pooledEstimate =
    origin + estimates.reduce((sum, estimate, index) => sum + ((weights[index] ?? 0) / total) * (estimate - origin), 0);
  const q = estimates.reduce((sum, estimate, index) => sum + ((estimate - pooledEstimate) / (standardErrors[index] ?? 1)) ** 2, 0);
  requireFinite({ q });
  const degreesOfFreedom = estimates.length - 1;
  return { pooledEstimate, q, degreesOfFreedom, pValue: chiSquareTails(q, degreesOfFreedom).upper };
}
