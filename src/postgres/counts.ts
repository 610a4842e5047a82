import { type Experiment, primaryMetricOf } from '../core/experiment.js';
import type { CountsRecord, VariantCounts } from '../services/records.js';
import type { Sql } from './database.js';
import { groupBy } from './group.js';

/** Live counts, in one statement as the sums of `totals.ts` are. */

interface CountRow {
  readonly at: Date;
  readonly experiment_id: string | null;
  readonly kind: 'units' | 'metric' | 'bots' | 'mismatched';
  readonly variant: string | null;
  readonly metric: string | null;
  /** Units; for bots events. */
  readonly units: number;
  readonly events: number;
  readonly total: string;
}

const countsSql = `
  select transaction_timestamp() as at, cell.*
  from (values (1)) as always
  left join (
    select experiment_id, 'units' as kind, variant, null as metric, sum(units)::bigint as units, null::bigint as events, null::numeric as total
    from version_units where experiment_id = any($1) and segment = '' group by experiment_id, variant
    union all
    select experiment_id, 'metric', variant, metric, sum(units)::bigint, sum(events)::bigint, sum(total)
    from metric_total where experiment_id = any($1) and segment = '' group by experiment_id, variant, metric
    union all
    select experiment_id, 'bots', null, null, sum(events)::bigint, null, null
    from bot_tally where experiment_id = any($1) group by experiment_id
    union all
    select experiment_id, 'mismatched', null, null, sum(units)::bigint, null, null
    from mismatch_tally where experiment_id = any($1) group by experiment_id
  ) as cell on true`;

/** Counts of the experiments in the order asked, all periods together; every variant and metric is listed, zeros too. */
export async function readCounts(sql: Sql, experiments: readonly Experiment[]): Promise<CountsRecord[]> {
  const { rows } = await sql.query<CountRow>(countsSql, [experiments.map(({ id }) => id)]);
  const cells = groupBy(rows, (row) => row.experiment_id);
  const at = rows[0]?.at as Date;
  return experiments.map((experiment) => {
    const own = cells.get(experiment.id) ?? [];
    const count = (kind: CountRow['kind']) => own.find((cell) => cell.kind === kind)?.units ?? 0;
    return {
      experimentId: experiment.id,
      experimentKey: experiment.definition.key,
      at,
      variants: experiment.definition.variants.map(({ key }) =>
        variantCounts(
          experiment,
          key,
          own.filter((cell) => cell.variant === key),
        ),
      ),
      botEvents: count('bots'),
      mismatchedUnits: count('mismatched'),
    };
  });
}

function variantCounts({ definition }: Experiment, variant: string, cells: readonly CountRow[]): VariantCounts {
  const metrics = definition.metrics.map(({ key: metric }) => {
    const cell = cells.find((candidate) => candidate.metric === metric);
    return { metric, units: cell?.units ?? 0, events: cell?.events ?? 0, total: Number(cell?.total ?? 0) };
  });
  const primary = primaryMetricOf(definition).key;
  return {
    variant,
    exposures: cells.find((cell) => cell.kind === 'units')?.units ?? 0,
    conversions: metrics.find(({ metric }) => metric === primary)?.units ?? 0,
    events: metrics.reduce((sum, { events }) => sum + events, 0),
    metrics,
  };
}
