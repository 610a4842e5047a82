import type pg from 'pg';
import { statement } from './database.js';
import { partitionedTables } from './sweeps.js';

/** What is read of the store of record to tell how it is, not what it holds. Each rejects while it is away. */

const hoursAhead = statement<{ table: string; hours: number }>(
  'partition_hours_ahead',
  `select name as table, coalesce(min(n) filter (where to_regclass(quote_ident(
       name || '_' || to_char((date_trunc('hour', now(), 'UTC') + n * interval '1 hour') at time zone 'UTC', 'YYYYMMDDHH24'))) is null), 100) as hours
   from unnest($1::text[]) as tables (name), generate_series(0, 99) as n group by name`,
);

/** A result is tens of kilobytes and is read only when it is another than the one known. */
const newerRatios = statement<{ id: string; sequence: number; p: number | null }>(
  'newer_sample_ratios',
  `select asked.id, latest.sequence, (latest.result #>> '{result,srm,pValue}')::float8 as p
   from unnest($1::uuid[], $2::int[]) as asked (id, known)
   cross join lateral (select sequence, result from evaluation
     where experiment_id = asked.id and sequence > asked.known order by sequence desc limit 1) as latest`,
);

export function createVitals(pool: pg.Pool) {
  let ratios = new Map<string, { readonly sequence: number; readonly p: number | null }>();

  return {
    ping: () => pool.query('select 1'),

    /** How many hours from the present one on have a partition, without a gap, by table; looked for 100 hours ahead. */
    async hoursAhead(): Promise<ReadonlyMap<string, number>> {
      const { rows } = await hoursAhead(pool, [[...partitionedTables]]);
      return new Map(rows.map(({ table, hours }) => [table, hours]));
    },

    /** Sample ratio p of the last evaluation of each of these experiments, by id; of those that have one. */
    async srmPValues(experimentIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
      const { rows } = await newerRatios(pool, [experimentIds, experimentIds.map((id) => ratios.get(id)?.sequence ?? 0)]);
      const newer = new Map(rows.map(({ id, sequence, p }) => [id, { sequence, p }]));
      const known = ratios;
      ratios = new Map(
        experimentIds.flatMap((id) => {
          const ratio = newer.get(id) ?? known.get(id);
          return ratio ? [[id, ratio]] : [];
        }),
      );
      return new Map([...ratios].flatMap(([id, { p }]) => (p === null ? [] : [[id, p]])));
    },
  };
}
