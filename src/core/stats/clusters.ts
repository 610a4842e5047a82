import { sampleMoments } from './moments.js';
import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type ArmEstimate, welchOfEstimates } from './welch.js';

/** One randomised cluster: its users and the sum of their values. */
export interface ClusterTotal {
  /** Whole, 1 or more. */
  readonly size: number;
  readonly total: number;
}

/**
 * Difference where clusters (tenants) were randomised: clusters are what counts, however many users they hold.
 * Variance of a ratio of totals R: K / (K - 1) sum (Y_g - R N_g)^2 / (sum N)^2; Welch's test with clusters for units.
 *
 * @param level  of the interval, in (0, 1)
 * @returns `unitAverage` weighs users alike (ratio of totals, cluster-robust with K / (K - 1) per arm), `clusterAverage` clusters alike
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two clusters in an arm, ZERO_VARIANCE
 * @see R estimatr::lm_robust(clusters =); Athey and Imbens (2017) for the two questions
 */
export function clusterDifference(control: readonly ClusterTotal[], treatment: readonly ClusterTotal[], level: number) {
  requireLevel('level', level);
  for (const { size, total } of [...control, ...treatment]) {
    requireCount('size', size);
    requireFinite({ total });
    requireValid(size > 0 || total === 0, `a cluster of nobody has a total of ${total}`);
  }
  for (const arm of [control, treatment]) {
    // A cluster of nobody was never seen: its mean is no number.
    const seen = arm.filter(({ size }) => size > 0).length;
    if (seen < Math.max(2, arm.length))
      throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 clusters with units, received ${seen}`);
  }
  return { unitAverage: compare(ratioOfTotals), clusterAverage: compare(meanOfMeans) };

  function compare(estimate: (clusters: readonly ClusterTotal[]) => ArmEstimate) {
    const controlEstimate = estimate(control);
    const treatmentEstimate = estimate(treatment);
    const test = welchOfEstimates(controlEstimate, treatmentEstimate, level);
    return { ...test, controlMean: controlEstimate.value, treatmentMean: treatmentEstimate.value };
  }
}

function ratioOfTotals(clusters: readonly ClusterTotal[]): ArmEstimate {
  const n = clusters.length;
  const size = clusters.reduce((sum, cluster) => sum + cluster.size, 0);
  const value = clusters.reduce((sum, cluster) => sum + cluster.total, 0) / size;
  const squares = clusters.reduce((sum, cluster) => sum + ((cluster.total - value * cluster.size) / size) ** 2, 0);
  return { n, value, varianceOfValue: (n / (n - 1)) * squares };
}

function meanOfMeans(clusters: readonly ClusterTotal[]): ArmEstimate {
  const { n, mean, variance } = sampleMoments(clusters.map(({ size, total }) => total / size));
  return { n, value: mean, varianceOfValue: variance / n };
}
