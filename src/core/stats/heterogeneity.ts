import { chiSquareTails } from './chi-square.js';
import { requireFinite, requireValid, StatisticsError } from './statistics-error.js';

/** A segment's effect with its standard error. */
export interface SegmentEffect {
  readonly estimate: number;
  readonly standardError: number;
}

/**
 * Cochran's Q: whether segments differ in their effects by more than their errors. With weights 1/se^2 it is the weighted sum of squares
 * about the weighted mean, chi-square with one degree of freedom less than there are segments.
 *
 * @param segments  two or more
 * @returns the weighted mean with its standard error, the statistic and the p-value of "all the same"
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two segments, ZERO_VARIANCE for a standard error of 0
 * @see Cochran (1954)
 */
export function heterogeneityQ(segments: readonly SegmentEffect[]) {
  for (const { estimate, standardError } of segments) {
    requireFinite({ estimate, standardError });
    requireValid(standardError >= 0, `a standard error cannot be negative, received ${standardError}`);
  }
  if (segments.length < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `needs two segments, received ${segments.length}`);
  const smallest = Math.min(...segments.map(({ standardError }) => standardError));
  if (smallest === 0) throw new StatisticsError('ZERO_VARIANCE', "a segment's standard error is 0");
  // Weights over the largest, so that none overflows.
  const weights = segments.map(({ standardError }) => (smallest / standardError) ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // About the first estimate: effects that agree give exactly 0.
  const origin = segments[0]?.estimate ?? 0;
  const pooled = origin + segments.reduce((sum, { estimate }, index) => sum + ((weights[index] ?? 0) / total) * (estimate - origin), 0);
  const statistic = segments.reduce((sum, { estimate, standardError }) => sum + ((estimate - pooled) / standardError) ** 2, 0);
  const degreesOfFreedom = segments.length - 1;
  requireFinite({ statistic });
  return {
    pooledEstimate: pooled,
    standardError: smallest / Math.sqrt(total),
    statistic,
    degreesOfFreedom,
    pValue: chiSquareTails(statistic, degreesOfFreedom).upper,
  };
}
