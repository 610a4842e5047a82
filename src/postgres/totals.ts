import type { VariantWeight } from '../core/allocation.js';
import { secondCounter } from '../core/counting.js';
import type { ArmSums, MetricSums } from '../core/evaluation-types.js';
import { type Experiment, type MetricDefinition, primaryMetricOf } from '../core/experiment.js';
import type { Sums } from '../services/records.js';
import type { Sql } from './database.js';
import { groupBy } from './group.js';

/**
 * Sums as evaluator, bandit and guardrails read them. A read costs rows a variant and shard, never rows a unit or event.
 *
 * Each read is one statement, so that units and metrics are of one moment: two would see conversions of units that the other did not.
 */

interface SumsRow {
  /** Null in the first row, which holds the watermark alone. */
  readonly experiment_id: string | null;
  readonly watermark: Date;
  readonly period: number;
  /** Null in the cells of metrics. */
  readonly version: number | null;
  readonly weights: readonly VariantWeight[];
  /** Units of the version by variant; null when it has none. */
  readonly version_units: Readonly<Record<string, number>> | null;
  readonly variant: string;
  readonly metric: string;
  readonly units: number;
  readonly events: number;
  readonly total: string;
  readonly sum_x: string;
  readonly sum_x2: string;
  readonly sum_y: string;
  readonly sum_y2: string;
  readonly sum_xy: string;
}

const sumsSql = `
  with asked as (select * from unnest($1::uuid[], $2::boolean[]) as asked (experiment_id, dry))
  select null::uuid as experiment_id, transaction_timestamp() as watermark,
         null::int as period, null::int as version, null::jsonb as weights, null::jsonb as version_units,
         null as variant, null as metric, null::bigint as units, null::bigint as events,
         null::numeric as total, null::numeric as sum_x, null::numeric as sum_x2,
         null::numeric as sum_y, null::numeric as sum_y2, null::numeric as sum_xy
  union all
  select a.experiment_id, null, a.period, a.version, a.weights, u.by_variant, null, null, null, null, null, null, null, null, null, null
  from asked join allocation a using (experiment_id)
  left join (
    select experiment_id, version, jsonb_object_agg(variant, units) as by_variant
    from (
      select experiment_id, allocation_version as version, variant, sum(units) as units
      from version_units where experiment_id = any($1) and segment = '' group by 1, 2, 3
    ) as cell
    group by 1, 2
  ) as u using (experiment_id, version)
  where (a.period = 0) = asked.dry
  union all
  select t.experiment_id, null, t.period, null, null, null, t.variant, t.metric, sum(t.units)::bigint, sum(t.events)::bigint,
         trim_scale(sum(t.total)), trim_scale(sum(t.sum_x)), trim_scale(sum(t.sum_x2)),
         trim_scale(sum(t.sum_y)), trim_scale(sum(t.sum_y2)), trim_scale(sum(t.sum_xy))
  from asked join metric_total t using (experiment_id)
  where (t.period = 0) = asked.dry and t.segment = ''
  group by t.experiment_id, t.period, t.variant, t.metric`;

/**
 * Sums of many experiments, by id. A dry run has those of period 0 alone; afterwards its units stay out for good.
 * The watermark is the start of the transaction: what was committed by then is in, and perhaps more.
 */
export async function readSums(sql: Sql, experiments: readonly Experiment[]): Promise<Map<string, Sums>> {
  const { rows } = await sql.query<SumsRow>(sumsSql, [experiments.map(({ id }) => id), experiments.map(isDryRun)]);
  const byExperiment = groupBy(rows, (row) => row.experiment_id);
  const watermark = byExperiment.get(null)?.[0]?.watermark;
  if (!watermark) throw new Error('the sums have no watermark');
  return new Map(experiments.map((experiment) => [experiment.id, sumsOf(experiment, byExperiment.get(experiment.id) ?? [], watermark)]));
}

const isDryRun = ({ status }: Experiment): boolean => status === 'DRY_RUN';

function sumsOf(experiment: Experiment, rows: readonly SumsRow[], watermark: Date): Sums {
  const variants = experiment.definition.variants.map(({ key }) => key);
  const versions = rows.flatMap((row) => versionOf(row, variants)).sort((a, b) => a.version - b.version);
  const cells = new Map(rows.map((row) => [`${row.period} ${row.variant} ${row.metric}`, row]));
  const units = new Map<string, number>();
  for (const version of versions) {
    for (const [i, variant] of variants.entries()) {
      const arm = `${version.period} ${variant}`;
      units.set(arm, (units.get(arm) ?? 0) + (version.units[i] ?? 0));
    }
  }
  // A period that nobody was exposed in yet is none.
  const inUse = rows.filter((row) => row.version === null || row.version_units !== null);
  const periods = [...new Set(inUse.map((row) => row.period))].sort((a, b) => a - b);
  const arms = periods.flatMap((period) =>
    variants.map((variant): ArmSums => {
      const metrics: Record<string, MetricSums> = {};
      // Every metric is listed, so that one named like a member that all objects have (`constructor`) is never mistaken.
      for (const metric of experiment.definition.metrics) {
        metrics[metric.key] = metricSumsOf(metric, cells.get(`${period} ${variant} ${metric.key}`));
      }
      return { variant, period, units: units.get(`${period} ${variant}`) ?? 0, metrics };
    }),
  );
  return { versions, arms, watermark };
}

function versionOf({ version, period, weights, version_units: units }: SumsRow, variants: readonly string[]): Sums['versions'] {
  if (version === null) return [];
  const shares = new Map(weights.map(({ variant, weight }) => [variant, weight]));
  const counts = new Map(Object.entries(units ?? {}));
  return [
    {
      version,
      period,
      propensities: variants.map((variant) => shares.get(variant) ?? 0),
      units: variants.map((variant) => counts.get(variant) ?? 0),
    },
  ];
}

type MetricCell = Pick<SumsRow, 'units' | 'events' | 'total' | 'sum_x' | 'sum_x2' | 'sum_y' | 'sum_y2' | 'sum_xy'>;

const emptyCell: MetricCell = { units: 0, events: 0, total: '0', sum_x: '0', sum_x2: '0', sum_y: '0', sum_y2: '0', sum_xy: '0' };

/** Also for the sums of segments. */
export function metricSumsOf(metric: MetricDefinition, cell: MetricCell = emptyCell): MetricSums {
  const { units, events, total, sum_x: sumX, sum_x2: sumX2, sum_y: sumY, sum_y2: sumY2, sum_xy: sumXY } = cell;
  const sums = { units, events, total, sumX, sumX2 };
  return secondCounter(metric) ? { ...sums, second: { sumY, sumY2, sumXY } } : sums;
}

interface MaturedRow {
  readonly period: number;
  readonly variant: string;
  readonly units: number;
  readonly converted: number;
  readonly events: number;
  readonly total: string;
  readonly sum_x: string;
  readonly sum_x2: string;
}

const maturedSql = `
  select period, variant, sum(units)::bigint as units, sum(converted)::bigint as converted, sum(events)::bigint as events,
         trim_scale(sum(total)) as total, trim_scale(sum(sum_x)) as sum_x, trim_scale(sum(sum_x2)) as sum_x2
  from (
    select a.period, v.variant, v.units, 0::bigint as converted, 0::bigint as events, 0::numeric as total, 0::numeric as sum_x, 0::numeric as sum_x2
    from version_units v join allocation a on a.experiment_id = v.experiment_id and a.version = v.allocation_version
    where v.experiment_id = $1 and v.segment = ''
    union all
    select period, variant, 0, units, events, total, sum_x, sum_x2
    from metric_total where experiment_id = $1 and metric = $2 and segment = ''
    union all
    select period, variant, -units, 0, 0, 0, -sum_x, -sum_x2
    from cohort_total where experiment_id = $1 and hour > $3
  ) as cell
  where (period = 0) = $4
  group by period, variant`;

const hourMs = 3_600_000;

/**
 * Sums of the primary metric over the units whose window had passed at that time; without a window, over all. Only for bandits, whose cohorts are kept.
 *
 * Exact are the arm's `units` and the metric's `sumX` and `sumX2`. Cohorts keep no more than these: a metric's `units` are `sumX` for CONVERSION and
 * otherwise at most the arm's, `events` and `total` are those of all units.
 */
export async function readMaturedArms(sql: Sql, experiment: Experiment, at: Date): Promise<ArmSums[]> {
  const metric = primaryMetricOf(experiment.definition);
  // Units of an hour are taken together, when the window of the last of them has passed.
  const young = metric.windowHours === null ? 'infinity' : new Date(at.getTime() - (metric.windowHours + 1) * hourMs);
  const { rows } = await sql.query<MaturedRow>(maturedSql, [experiment.id, metric.key, young, isDryRun(experiment)]);
  const byCell = new Map(rows.map((row) => [`${row.period} ${row.variant}`, row]));
  const periods = [...new Set(rows.map((row) => row.period))].sort((a, b) => a - b);
  return periods.flatMap((period) =>
    experiment.definition.variants.flatMap(({ key: variant }) => {
      const row = byCell.get(`${period} ${variant}`);
      if (!row) return [];
      const units = metric.type === 'CONVERSION' ? Number(row.sum_x) : Math.min(row.converted, row.units);
      const sums = { units, events: row.events, total: row.total, sumX: row.sum_x, sumX2: row.sum_x2 };
      return { variant, period, units: row.units, metrics: { [metric.key]: sums } };
    }),
  );
}
