import { covariateDays } from './counting.js';
import type { MetricsInput } from './definition-input.js';
import type { Problem } from './errors.js';

/**
 * A warning UNDERPOWERED for each metric whose `cuped` looks further back than events are kept. What it then sees of a unit is cut in every variant
 * alike: results are right, only less of the variance is taken off.
 *
 * @param retentionDays days that raw events are kept
 */
export function covariateWarnings({ primary, secondary }: MetricsInput, retentionDays: number): readonly Problem[] {
  if (retentionDays >= covariateDays) return [];
  const message =
    `cuped looks at the ${covariateDays} days before a unit's first exposure; events are kept for ${retentionDays} (BELLWETHER_RETENTION_DAYS), ` +
    'so it sees no more than these, and takes off less of the variance.';
  const listed = [
    { metric: primary, path: ['metrics', 'primary', 'cuped'] },
    ...secondary.map((metric, i) => ({ metric, path: ['metrics', 'secondary', String(i), 'cuped'] })),
  ];
  return listed.flatMap(({ metric, path }) =>
    metric.cuped && metric.type !== 'RATIO' ? [{ code: 'UNDERPOWERED', message, path, received: true } as const] : [],
  );
}
