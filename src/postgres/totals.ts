import type { VariantWeight } from '../core/allocation.js';
import type { ArmSums, MetricSums } from '../core/evaluation-types.js';
import { type Experiment, primaryMetricOf } from '../core/experiment.js';
import type { Sums } from '../services/records.js';
import type { Sql } from './database.js';
import { groupBy } from './group.js';

/**
 * Sums as evaluator, bandit and guardrails read them. A read costs rows a variant and shard, never rows a unit or event.
 *
 * Each read is one statement, so that units and metrics are of one moment: two would see conversions of units that the other did not.
 */

interface CellRow {
  readonly watermark: Date;
  /** Null in the one row that comes when there is no cell at all. */
  readonly experiment_id: string | null;
  readonly period: number;
  /** Null in the cells of metrics. */
  readonly version: number | null;
  readonly weights: readonly VariantWeight[];
  /** Null for a version without units. */
  readonly variant: string | null;
  readonly units: number;
  readonly metric: string;
  readonly events: number;
  readonly total: string;
  readonly sum_x: string;
  readonly sum_x2: string;
}

const sumsSql = `
  with asked as (select * from unnest($1::uuid[], $2::boolean[]) as asked (experiment_id, dry))
  select transaction_timestamp() as watermark, cell.*
  from (values (1)) as always
  left join (
    select a.experiment_id, a.period, a.version, a.weights, u.variant, u.units,
           null as metric, null::bigint as events, null::numeric as total, null::numeric as sum_x, null::numeric as sum_x2
    from asked join allocation a using (experiment_id)
    left join (
      select experiment_id, allocation_version as version, variant, sum(units)::bigint as units
      from version_units where experiment_id = any($1) group by 1, 2, 3
    ) as u using (experiment_id, version)
    where (a.period = 0) = asked.dry
    union all
    select t.experiment_id, t.period, null, null, t.variant, sum(t.units)::bigint,
           t.metric, sum(t.events)::bigint, trim_scale(sum(t.total)), trim_scale(sum(t.sum_x)), trim_scale(sum(t.sum_x2))
    from asked join metric_total t using (experiment_id)
    where (t.period = 0) = asked.dry
    group by t.experiment_id, t.period, t.variant, t.metric
  ) as cell on true`;

/**
 * Sums of many experiments, by id. A dry run has those of period 0 alone; afterwards its units stay out for good.
 * The watermark is the start of the transaction: what was committed by then is in, and perhaps more.
 */
export async function readSums(sql: Sql, experiments: readonly Experiment[]): Promise<Map<string, Sums>> {
  const { rows } = await sql.query<CellRow>(sumsSql, [experiments.map(({ id }) => id), experiments.map(isDryRun)]);
  const cells = groupBy(rows, (row) => row.experiment_id);
  const watermark = rows[0]?.watermark as Date;
  return new Map(experiments.map((experiment) => [experiment.id, sumsOf(experiment, cells.get(experiment.id) ?? [], watermark)]));
}

const isDryRun = ({ status }: Experiment): boolean => status === 'DRY_RUN';

function sumsOf(experiment: Experiment, cells: readonly CellRow[], watermark: Date): Sums {
  const variants = experiment.definition.variants.map(({ key }) => key);
  const byVersion = groupBy(cells, (cell) => cell.version);
  const versions = [...byVersion]
    .flatMap(([version, [first, ...rest]]) => {
      if (version === null || !first) return [];
      const weights = new Map(first.weights.map(({ variant, weight }) => [variant, weight]));
      const units = new Map([first, ...rest].map((cell) => [cell.variant, cell.units]));
      return {
        version,
        period: first.period,
        propensities: variants.map((variant) => weights.get(variant) ?? 0),
        units: variants.map((variant) => units.get(variant) ?? 0),
      };
    })
    .sort((a, b) => a.version - b.version);
  const byArm = groupBy(cells, (cell) => `${cell.period} ${cell.variant}`);
  const periods = [...new Set(cells.map((cell) => cell.period))].sort((a, b) => a - b);
  const arms = periods.flatMap((period) =>
    variants.flatMap((variant) => {
      const own = byArm.get(`${period} ${variant}`);
      return own ? armOf(experiment, period, variant, own) : [];
    }),
  );
  return { versions, arms, watermark };
}

const noEvents: MetricSums = { units: 0, events: 0, total: '0', sumX: '0', sumX2: '0' };

/** With every metric listed, so that one named like a member that all objects have (`constructor`) is never mistaken. */
function armOf(experiment: Experiment, period: number, variant: string, cells: readonly CellRow[]): ArmSums {
  const metrics: Record<string, MetricSums> = {};
  for (const { key } of experiment.definition.metrics) {
    const cell = cells.find((candidate) => candidate.version === null && candidate.metric === key);
    metrics[key] = cell ? { units: cell.units, events: cell.events, total: cell.total, sumX: cell.sum_x, sumX2: cell.sum_x2 } : noEvents;
  }
  const units = cells.reduce((sum, cell) => sum + (cell.version === null ? 0 : cell.units), 0);
  return { variant, period, units, metrics };
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
    where v.experiment_id = $1
    union all
    select period, variant, 0, units, events, total, sum_x, sum_x2
    from metric_total where experiment_id = $1 and metric = $2
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
