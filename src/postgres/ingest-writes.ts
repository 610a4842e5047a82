import type { Judgement } from '../core/acceptance.js';
import { formatScaled } from '../core/decimal.js';
import type { HourCounts } from '../core/hour-counts.js';
import type { CountingOutcome } from '../core/ingestion.js';
import { plainList, type Query, statement, timeOf } from './database.js';
import { hourCountsWrite } from './hour-counts.js';
import { settlementOf } from './ledger.js';

/**
 * Writes what a batch changes; each table in the order of its key, so that two writers never wait for one another in a circle.
 */

export interface BatchWrites {
  /** Ids that were new, with the content they were taken for. */
  readonly taken: ReadonlyMap<string, string>;
  readonly judgement: Judgement;
  readonly outcome: CountingOutcome;
  readonly hourCounts: HourCounts;
  readonly bots: readonly ReadonlyMap<string, number>[];
  readonly shard: number;
}

const squareScale = 18;

/** The statements, to be run in this order. */
export function writesOf({ taken, judgement, outcome, hourCounts, bots, shard }: BatchWrites): Query[] {
  const writes = [
    ...settlementOf(taken, [...judgement.exposures, ...judgement.events]),
    rawExposures(judgement),
    rawEvents(judgement),
    unitExposures(judgement),
    unitTotals(outcome),
    versionUnits(outcome, shard),
    metricTotals(outcome, shard),
    cohortTotals(outcome, shard),
    hourCountsWrite(hourCounts, shard),
    mismatches(judgement, shard),
    botTallies(bots, shard),
  ];
  return writes.filter((write) => write !== null);
}

/** Lists cannot be handed over in a list; they come as JSON. */
function textsOf(json: string): string {
  return `array(select jsonb_array_elements_text(${json}))`;
}

const insertRawExposures = statement(
  'insert_raw_exposures',
  `insert into raw_exposure (received_at, event_id, experiment_id, unit_id, variant, allocation_version, occurred_at, segments)
   select ${timeOf('r')}, i, e, u, v, a, ${timeOf('o')}, ${textsOf('s')}
   from unnest($1::float8[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::float8[], $8::jsonb[]) as x (r, i, e, u, v, a, o, s)`,
);

function rawExposures({ exposures: rows }: Judgement): Query | null {
  if (rows.length === 0) return null;
  return insertRawExposures.with([
    rows.map((row) => row.receivedAt),
    rows.map((row) => row.eventId),
    rows.map((row) => row.experimentId),
    rows.map((row) => row.unitId),
    rows.map((row) => row.variant),
    rows.map((row) => row.allocationVersion),
    rows.map((row) => row.occurredAt),
    rows.map((row) => JSON.stringify(row.segments)),
  ]);
}

const insertRawEvents = statement(
  'insert_raw_events',
  `insert into raw_event (received_at, event_id, hash_key, unit_id, metric, value, occurred_at, experiment_id)
   select ${timeOf('r')}, i, h, u, m, v, ${timeOf('o')}, e
   from unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::float8[], $8::uuid[]) as x (r, i, h, u, m, v, o, e)`,
);

function rawEvents({ events }: Judgement): Query | null {
  const rows = events.flatMap((event) => [...event.ids].map(([hashKey, unitId]) => ({ event, hashKey, unitId })));
  if (rows.length === 0) return null;
  return insertRawEvents.with([
    plainList(rows.map(({ event }) => event.receivedAt)),
    rows.map(({ event }) => event.eventId),
    rows.map((row) => row.hashKey),
    rows.map((row) => row.unitId),
    rows.map(({ event }) => event.metric),
    plainList(rows.map(({ event }) => formatScaled(event.value))),
    plainList(rows.map(({ event }) => event.occurredAt)),
    plainList(rows.map(({ event }) => event.experimentId)),
  ]);
}

const upsertUnitExposures = statement(
  'upsert_unit_exposures',
  `insert into unit_exposure (experiment_id, unit_id, variant, allocation_version, period, first_exposed_at, segments)
   select e, u, v, a, p, ${timeOf('f')}, ${textsOf('s')}
   from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::float8[], $7::jsonb[]) as x (e, u, v, a, p, f, s)
   on conflict (experiment_id, unit_id) do update
   set allocation_version = excluded.allocation_version, period = excluded.period, first_exposed_at = excluded.first_exposed_at,
       segments = excluded.segments`,
);

function unitExposures({ moved }: Judgement): Query | null {
  const rows = [...moved].sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return null;
  return upsertUnitExposures.with([
    rows.map(([key]) => key.slice(0, 36)),
    rows.map(([key]) => key.slice(37)),
    rows.map(([, row]) => row.variant),
    rows.map(([, row]) => row.allocationVersion),
    rows.map(([, row]) => row.period),
    rows.map(([, row]) => row.firstExposedAt),
    rows.map(([, row]) => JSON.stringify(row.segments)),
  ]);
}

const upsertUnitTotals = statement(
  'upsert_unit_totals',
  `insert into unit_total (experiment_id, unit_id, metric, events, total)
   select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::numeric[])
   on conflict (experiment_id, unit_id, metric) do update set events = excluded.events, total = excluded.total`,
);

function unitTotals({ totals: rows }: CountingOutcome): Query | null {
  if (rows.length === 0) return null;
  return upsertUnitTotals.with([
    plainList(rows.map((row) => row.experimentId)),
    rows.map((row) => row.unitId),
    rows.map((row) => row.metric),
    plainList(rows.map((row) => row.events)),
    plainList(rows.map((row) => formatScaled(row.total))),
  ]);
}

const addToVersionUnits = statement(
  'add_version_units',
  `insert into version_units as t (experiment_id, allocation_version, period, variant, segment, shard, units)
   select e, v, p, k, s, $7, n from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::bigint[]) as d (e, v, p, k, s, n)
   on conflict (experiment_id, allocation_version, variant, segment, shard) do update set units = t.units + excluded.units`,
);

function versionUnits({ units: rows }: CountingOutcome, shard: number): Query | null {
  if (rows.length === 0) return null;
  return addToVersionUnits.with([
    rows.map((row) => row.experimentId),
    rows.map((row) => row.allocationVersion),
    rows.map((row) => row.period),
    rows.map((row) => row.variant),
    rows.map((row) => row.segment),
    rows.map((row) => row.units),
    shard,
  ]);
}

const addToMetricTotals = statement(
  'add_metric_totals',
  `insert into metric_total as t (experiment_id, period, variant, metric, segment, shard, units, events, total, sum_x, sum_x2, sum_y, sum_y2, sum_xy)
   select e, p, v, m, g, $14, u, n, s, x, x2, y, y2, xy
   from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::numeric[], $8::numeric[], $9::numeric[],
     $10::numeric[], $11::numeric[], $12::numeric[], $13::text[]) as d (e, p, v, m, u, n, s, x, x2, y, y2, xy, g)
   on conflict (experiment_id, period, variant, metric, segment, shard) do update
   set units = t.units + excluded.units, events = t.events + excluded.events, total = t.total + excluded.total,
       sum_x = t.sum_x + excluded.sum_x, sum_x2 = t.sum_x2 + excluded.sum_x2,
       sum_y = t.sum_y + excluded.sum_y, sum_y2 = t.sum_y2 + excluded.sum_y2, sum_xy = t.sum_xy + excluded.sum_xy`,
);

function metricTotals({ metrics: rows }: CountingOutcome, shard: number): Query | null {
  if (rows.length === 0) return null;
  return addToMetricTotals.with([
    rows.map((row) => row.experimentId),
    rows.map((row) => row.period),
    rows.map((row) => row.variant),
    rows.map((row) => row.metric),
    rows.map((row) => row.delta.units.toString()),
    rows.map((row) => row.delta.events.toString()),
    rows.map((row) => formatScaled(row.delta.total)),
    rows.map((row) => formatScaled(row.delta.sumX)),
    rows.map((row) => formatScaled(row.delta.sumX2, squareScale)),
    rows.map((row) => formatScaled(row.delta.sumY)),
    rows.map((row) => formatScaled(row.delta.sumY2, squareScale)),
    rows.map((row) => formatScaled(row.delta.sumXY, squareScale)),
    rows.map((row) => row.segment),
    shard,
  ]);
}

const addToCohortTotals = statement(
  'add_cohort_totals',
  `insert into cohort_total as t (hour, experiment_id, period, variant, shard, units, sum_x, sum_x2)
   select ${timeOf('h')}, e, p, v, $8, u, x, x2
   from unnest($1::float8[], $2::uuid[], $3::int[], $4::text[], $5::bigint[], $6::numeric[], $7::numeric[]) as d (h, e, p, v, u, x, x2)
   on conflict (hour, experiment_id, period, variant, shard) do update
   set units = t.units + excluded.units, sum_x = t.sum_x + excluded.sum_x, sum_x2 = t.sum_x2 + excluded.sum_x2`,
);

function cohortTotals({ cohorts: rows }: CountingOutcome, shard: number): Query | null {
  if (rows.length === 0) return null;
  return addToCohortTotals.with([
    rows.map((row) => row.hour),
    rows.map((row) => row.experimentId),
    rows.map((row) => row.period),
    rows.map((row) => row.variant),
    rows.map((row) => row.delta.units.toString()),
    rows.map((row) => formatScaled(row.delta.sumX)),
    rows.map((row) => formatScaled(row.delta.sumX2, squareScale)),
    shard,
  ]);
}

const addMismatches = statement(
  'add_mismatches',
  `with fresh as (
     insert into mismatched_unit (experiment_id, unit_id)
     select distinct * from unnest($1::uuid[], $2::text[]) as m (e, u) order by e, u
     on conflict do nothing returning experiment_id
   )
   insert into mismatch_tally as t (experiment_id, shard, units)
   select experiment_id, $3, count(*) from fresh group by experiment_id order by experiment_id
   on conflict (experiment_id, shard) do update set units = t.units + excluded.units`,
);

function mismatches({ mismatched: rows }: Judgement, shard: number): Query | null {
  if (rows.length === 0) return null;
  return addMismatches.with([rows.map((row) => row.experimentId), rows.map((row) => row.unitId), shard]);
}

const addToBotTally = statement(
  'add_bot_tally',
  `insert into bot_tally as t (experiment_id, shard, events)
   select e, $3, n from unnest($1::uuid[], $2::bigint[]) as d (e, n)
   on conflict (experiment_id, shard) do update set events = t.events + excluded.events`,
);

function botTallies(bots: readonly ReadonlyMap<string, number>[], shard: number): Query | null {
  const sums = new Map<string, number>();
  for (const [experimentId, events] of bots.flatMap((tally) => [...tally])) sums.set(experimentId, (sums.get(experimentId) ?? 0) + events);
  if (sums.size === 0) return null;
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return addToBotTally.with([rows.map(([experimentId]) => experimentId), rows.map(([, events]) => events), shard]);
}
