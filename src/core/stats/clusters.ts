import { sampleMoments } from './moments.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type ArmEstimate, welchOfEstimates } from './welch.js';

/** One randomised cluster: its users and the sum of their values. */
export interface ClusterTotal {
  /** Above 0. */
  readonly size: number;
  readonly total: number;
}

/**
 * Difference where clusters (tenants) were randomised: clusters are what counts, however many users they hold.
 *
 * @returns `unitAverage` weighs users alike (ratio of totals, cluster-robust with K / (K - 1) per arm), `clusterAverage` clusters alike
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two clusters in an arm, ZERO_VARIANCE
 */
export function clusterDifference(control: readonly ClusterTotal[], treatment: readonly ClusterTotal[], level: number) {
  requireLevel('level', level);
  for (const { size, total } of [...control, ...treatment]) {
    requireFinite({ size, total });
    requireValid(size > 0, `a cluster has someone in it, received ${size}`);
  }
  for (const { length } of [control, treatment])
    if (length < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 clusters, received ${length}`);
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
  const squares = clusters.reduce((sum, cluster) => sum + (cluster.total - value * cluster.size) ** 2, 0);
  return { n, value, varianceOfValue: ((n / (n - 1)) * squares) / size ** 2 };
}

function meanOfMeans(clusters: readonly ClusterTotal[]): ArmEstimate {
  const { n, mean, variance } = sampleMoments(clusters.map(({ size, total }) => total / size));
  return { n, value: mean, varianceOfValue: variance / n };
}
