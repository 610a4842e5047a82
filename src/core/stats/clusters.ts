import { sampleMoments } from './moments.js';
import { requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type ArmEstimate, type WelchTest, welchOfEstimates } from './welch.js';

/** What was randomised (a tenant): how many units it has, and the sum of their values. */
export interface Cluster {
  /** Whole, 1 or more. */
  readonly size: number;
  readonly total: number;
}

export interface ClusterTest extends WelchTest {
  readonly meanControl: number;
  readonly meanTreatment: number;
}

/**
 * Difference of two arms whose clusters were randomised, for both questions that can be asked. `unitAverage`: what the average unit gains; total
 * over size, with variance K/(K - 1) sum (Y_g - R N_g)^2 / (sum N)^2 for the arm's K clusters. `clusterAverage`: what the average cluster gains;
 * plain means of the clusters' means. Welch's test with clusters for units in both: users inside a tenant are no independent witnesses.
 *
 * @param level  of the interval, in (0, 1)
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE for fewer than two clusters in an arm however many units they have, ZERO_VARIANCE
 * @see R estimatr::lm_robust(clusters =); Athey and Imbens (2017) for the two estimands
 */
export function clusterTest(control: readonly Cluster[], treatment: readonly Cluster[], level: number) {
  requireLevel('level', level);
  for (const { size, total } of [...control, ...treatment]) {
    requireCount('size', size);
    requireFinite({ total });
    requireValid(size > 0 || total === 0, `a cluster without units has a total of ${total}`);
  }
  for (const arm of [control, treatment]) {
    // A cluster without units was never seen: it says nothing, and its mean is no number.
    const seen = arm.filter(({ size }) => size > 0).length;
    if (seen < arm.length || seen < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 clusters with units, received ${seen}`);
  }
  const compare = (estimate: (arm: readonly Cluster[]) => ArmEstimate): ClusterTest => {
    const [own, other] = [estimate(control), estimate(treatment)];
    return { ...welchOfEstimates(own, other, level), meanControl: own.value, meanTreatment: other.value };
  };
  return { unitAverage: compare(unitAverage), clusterAverage: compare(clusterAverage) };
}

function unitAverage(clusters: readonly Cluster[]): ArmEstimate {
  const n = clusters.length;
  const units = clusters.reduce((sum, { size }) => sum + size, 0);
  const value = clusters.reduce((sum, { total }) => sum + total, 0) / units;
  const squares = clusters.reduce((sum, { size, total }) => sum + ((total - value * size) / units) ** 2, 0);
  return { n, value, varianceOfValue: (n / (n - 1)) * squares };
}

function clusterAverage(clusters: readonly Cluster[]): ArmEstimate {
  const { n, mean, variance } = sampleMoments(clusters.map(({ size, total }) => total / size));
  return { n, value: mean, varianceOfValue: variance / n };
}
