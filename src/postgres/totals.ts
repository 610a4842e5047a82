import type { VariantWeight } from '../core/allocation.js';
import type { ArmSums } from '../core/evaluation-types.js';
import { type Experiment, type MetricRole, primaryMetricOf } from '../core/experiment.js';
import type { Sums } from '../services/records.js';
import { armsOf, type CellRow, summed, unsummed } from './cells.js';
import { type Sql, statement } from './database.js';
import { groupBy } from './group.js';

/**
 * Sums as evaluator, bandit and guardrails read them. A read costs rows a period, variant and shard, never rows a unit or event.
 *
 * Each read is one statement, so that units and metrics are of one moment: two would see conversions of units that the other did not.
 */

interface SumsRow extends CellRow {
  /** Null but in the rows of versions, which hold these and the period alone. */
  readonly version: number | null;
  readonly weights: readonly VariantWeight[];
  /** Units of the version by variant; null when it has none. */
  readonly version_units: Readonly<Record<string, number>> | null;
}

const sumsOf = statement<SumsRow>(
  'sums_of_all',
  `select a.version, a.weights,
          (select jsonb_object_agg(variant, units) from (
             select v.variant, sum(v.units) as units from version_units v
             where v.experiment_id = $1 and v.allocation_version = a.version and v.segment = '' group by v.variant
           ) as cell) as version_units,
          a.period, null as variant, null as metric, 0::bigint as units, ${unsummed}
   from allocation a where a.experiment_id = $1 and (a.period = 0) = $2
   union all
   select null, null, null, v.period, v.variant, null, sum(v.units)::bigint, ${unsummed}
   from version_units v where v.experiment_id = $1 and (v.period = 0) = $2 and v.segment = ''
   group by v.period, v.variant
   union all
   select null, null, null, t.period, t.variant, t.metric, ${summed}
   from metric_total t where t.experiment_id = $1 and (t.period = 0) = $2 and t.segment = ''
   group by t.period, t.variant, t.metric`,
);

/** Sums of an experiment with those of every version. A dry run has those of period 0 alone; afterwards its units stay out for good. */
export async function readSums(sql: Sql, experiment: Experiment): Promise<Sums> {
  const { rows } = await sumsOf(sql, [experiment.id, isDryRun(experiment)]);
  const variants = experiment.definition.variants.map(({ key }) => key);
  const isVersion = ({ version }: SumsRow): boolean => version !== null;
  const cells = rows.filter((row) => !isVersion(row));
  return {
    versions: rows
      .filter(isVersion)
      .map((row) => versionOf(row, variants))
      .sort((a, b) => a.version - b.version),
    arms: armsOf(experiment, experiment.definition.metrics, cells),
  };
}

const isDryRun = ({ status }: Experiment): boolean => status === 'DRY_RUN';

function versionOf({ version, period, weights, version_units: units }: SumsRow, variants: readonly string[]): Sums['versions'][number] {
  const shares = new Map(weights.map(({ variant, weight }) => [variant, weight]));
  const counts = new Map(Object.entries(units ?? {}));
  return {
    version: version as number,
    period,
    propensities: variants.map((variant) => shares.get(variant) ?? 0),
    units: variants.map((variant) => counts.get(variant) ?? 0),
  };
}

const armsAsked = statement<CellRow & { readonly experiment_id: string }>(
  'arms_of',
  `select v.experiment_id, v.period, v.variant, null as metric, sum(v.units)::bigint as units, ${unsummed}
   from unnest($1::uuid[], $2::boolean[]) as asked (experiment_id, dry) join version_units v using (experiment_id)
   where (v.period = 0) = asked.dry and v.segment = ''
   group by v.experiment_id, v.period, v.variant
   union all
   select t.experiment_id, t.period, t.variant, t.metric, ${summed}
   from unnest($3::uuid[], $4::boolean[], $5::text[]) as asked (experiment_id, dry, metric) join metric_total t using (experiment_id, metric)
   where (t.period = 0) = asked.dry and t.segment = ''
   group by t.experiment_id, t.period, t.variant, t.metric`,
);

/** Sums of many experiments in their metrics of one role, by id; of a dry run those of period 0. */
export async function readArms(sql: Sql, experiments: readonly Experiment[], role: MetricRole): Promise<Map<string, ArmSums[]>> {
  const asked = experiments.map((experiment) => {
    const metrics = experiment.definition.metrics.filter((metric) => metric.role === role);
    return { experiment, metrics, isDry: isDryRun(experiment) };
  });
  const pairs = asked.flatMap(({ experiment, metrics, isDry }) => metrics.map(({ key }) => ({ id: experiment.id, isDry, key })));
  const { rows } = await armsAsked(sql, [
    experiments.map(({ id }) => id),
    asked.map(({ isDry }) => isDry),
    pairs.map(({ id }) => id),
    pairs.map(({ isDry }) => isDry),
    pairs.map(({ key }) => key),
  ]);
  const cells = groupBy(rows, (row) => row.experiment_id);
  return new Map(asked.map(({ experiment, metrics }) => [experiment.id, armsOf(experiment, metrics, cells.get(experiment.id) ?? [])]));
}

const unitsAsked = statement<{ variant: string; units: number }>(
  'units_of_period',
  `select variant, sum(units)::bigint as units from version_units
   where experiment_id = $1 and period = $2 and segment = '' group by variant`,
);

/** Units of one period by variant; those without any are left out. */
export async function readPeriodUnits(sql: Sql, experimentId: string, period: number): Promise<Map<string, number>> {
  const { rows } = await unitsAsked(sql, [experimentId, period]);
  return new Map(rows.map(({ variant, units }) => [variant, units]));
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

const maturedOf = statement<MaturedRow>(
  'matured_of',
  `select period, variant, sum(units)::bigint as units, sum(converted)::bigint as converted, sum(events)::bigint as events,
         trim_scale(sum(total)) as total, trim_scale(sum(sum_x)) as sum_x, trim_scale(sum(sum_x2)) as sum_x2
  from (
    select period, variant, units, 0::bigint as converted, 0::bigint as events, 0::numeric as total, 0::numeric as sum_x, 0::numeric as sum_x2
    from version_units where experiment_id = $1 and segment = ''
    union all
    select period, variant, 0, units, events, total, sum_x, sum_x2
    from metric_total where experiment_id = $1 and metric = $2 and segment = ''
    union all
    select period, variant, -units, 0, 0, 0, -sum_x, -sum_x2
    from cohort_total where experiment_id = $1 and hour > $3
  ) as cell
  where (period = 0) = $4
  group by period, variant`,
);

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
  const { rows } = await maturedOf(sql, [experiment.id, metric.key, young, isDryRun(experiment)]);
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
