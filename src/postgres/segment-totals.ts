import type { ArmSums, MetricSums, SegmentSums } from '../core/evaluation-types.js';
import type { Experiment } from '../core/experiment.js';
import type { Sql } from './database.js';
import { groupBy } from './group.js';
import { metricSumsOf } from './totals.js';

/** Sums by registered segment: the same cells as those of all units, for the values that most units have. */

/** Most values of one attribute that are judged; the rest are too small to tell anything from. */
export const maxValues = 50;

interface SegmentRow {
  readonly segment: string;
  readonly period: number;
  readonly variant: string;
  /** Null in the rows that hold units. */
  readonly metric: string | null;
  readonly units: number;
  readonly events: number;
  readonly total: string;
  readonly sum_x: string;
  readonly sum_x2: string;
  readonly sum_y: string;
  readonly sum_y2: string;
  readonly sum_xy: string;
}

const segmentsSql = `
  with cell as (
    select v.segment, a.period, v.variant, sum(v.units)::bigint as units
    from version_units v join allocation a on (a.experiment_id, a.version) = (v.experiment_id, v.allocation_version)
    where v.experiment_id = $1 and v.segment <> '' and (a.period = 0) = $2
    group by v.segment, a.period, v.variant
  ),
  kept as (
    select segment from (
      select segment, row_number() over (partition by split_part(segment, '=', 1) order by sum(units) desc, segment) as place
      from cell group by segment
    ) as ranked
    where place <= $3
  )
  select segment, period, variant, null as metric, units, 0::bigint as events,
         0::numeric as total, 0::numeric as sum_x, 0::numeric as sum_x2, 0::numeric as sum_y, 0::numeric as sum_y2, 0::numeric as sum_xy
  from cell join kept using (segment)
  union all
  select t.segment, t.period, t.variant, t.metric, sum(t.units)::bigint, sum(t.events)::bigint,
         trim_scale(sum(t.total)), trim_scale(sum(t.sum_x)), trim_scale(sum(t.sum_x2)),
         trim_scale(sum(t.sum_y)), trim_scale(sum(t.sum_y2)), trim_scale(sum(t.sum_xy))
  from metric_total t join kept using (segment)
  where t.experiment_id = $1 and (t.period = 0) = $2
  group by t.segment, t.period, t.variant, t.metric`;

/** Of each registered attribute the values with most units, the largest first; empty where the plan registers none. */
export async function readSegments(sql: Sql, experiment: Experiment): Promise<SegmentSums[]> {
  const { evaluation, variants, metrics } = experiment.definition;
  if (evaluation.segments.length === 0) return [];
  const { rows } = await sql.query<SegmentRow>(segmentsSql, [experiment.id, experiment.status === 'DRY_RUN', maxValues]);

  const segments = [...groupBy(rows, (row) => row.segment)].map(([segment, cells]) => {
    const at = segment.indexOf('=');
    const periods = [...new Set(cells.map((cell) => cell.period))].sort((a, b) => a - b);
    const find = (period: number, variant: string, metric: string | null) =>
      cells.find((cell) => cell.period === period && cell.variant === variant && cell.metric === metric);
    const arms = periods.flatMap((period) =>
      variants.map(({ key: variant }): ArmSums => {
        const sums: Record<string, MetricSums> = {};
        for (const metric of metrics) sums[metric.key] = metricSumsOf(metric, find(period, variant, metric.key));
        return { variant, period, units: find(period, variant, null)?.units ?? 0, metrics: sums };
      }),
    );
    return { attribute: segment.slice(0, at), value: segment.slice(at + 1), arms };
  });
  const place = (attribute: string) => evaluation.segments.indexOf(attribute);
  const unitsOf = ({ arms }: SegmentSums) => arms.reduce((sum, { units }) => sum + units, 0);
  return segments.sort((a, b) => place(a.attribute) - place(b.attribute) || unitsOf(b) - unitsOf(a) || (a.value < b.value ? -1 : 1));
}
