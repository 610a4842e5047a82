import type { HourCounts } from '../core/hour-counts.js';
import type { HourSteps } from '../core/series.js';
import type { CountStep } from '../services/records.js';
import { type Query, type Sql, statement } from './database.js';

/** Counts by the hour of receipt: written with the sums that they agree with, read for charts. */

const addToHourCounts = statement(
  'add_hour_counts',
  `insert into hour_count as t (experiment_id, hour, variant, shard, exposures, conversions)
   select e, to_timestamp($5::float8 / 1000), v, $6, x, c from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) as d (e, v, x, c)
   on conflict (experiment_id, hour, variant, shard) do update
   set exposures = t.exposures + excluded.exposures, conversions = t.conversions + excluded.conversions`,
);

export function hourCountsWrite({ hour, moves }: HourCounts, shard: number): Query | null {
  if (moves.length === 0) return null;
  return addToHourCounts.with([
    moves.map((move) => move.experimentId),
    moves.map((move) => move.variant),
    moves.map((move) => move.exposures),
    moves.map((move) => move.conversions),
    hour,
    shard,
  ]);
}

const hourMs = 3_600_000;

const readSql = `
  select least(greatest(ceil((extract(epoch from hour) + 3600 - $2::float8) / $3::float8), 0), $4::int)::int as point, variant,
         sum(exposures)::bigint as exposures, sum(conversions)::bigint as conversions
  from hour_count
  where experiment_id = $1 and hour <= $5
  group by 1, 2`;

/** @param until hours that end by then are read; null: all there are, that which is not over yet too */
export async function readHourCounts(sql: Sql, experimentId: string, steps: HourSteps, until: Date | null): Promise<CountStep[]> {
  const { first, step, times } = steps;
  const latest = until === null ? 'infinity' : new Date(until.getTime() - hourMs);
  const { rows } = await sql.query<CountStep>(readSql, [experimentId, first / 1000, step / 1000, times.length - 1, latest]);
  return rows;
}
