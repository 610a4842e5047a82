import type pg from 'pg';
import type { SegmentValueStore } from '../services/segment-values.js';
import { inTransaction, reading, statement } from './database.js';
import { lockSpaces } from './locks.js';

/** One taker at a time for an attribute, so that no two take the last place. */
const lock = statement(
  'lock_segment_values',
  `select pg_advisory_xact_lock(${lockSpaces.segmentValues}, hashtext($1::text || ' ' || $2::text))`,
);

const take = statement(
  'take_segment_value',
  `insert into segment_value (experiment_id, attribute, value)
   select $1::uuid, $2, $3 where (select count(*) from segment_value where experiment_id = $1::uuid and attribute = $2) < $4::int
   on conflict do nothing`,
);

const valuesOf = statement<{ value: string }>(
  'segment_values_of',
  'select value from segment_value where experiment_id = $1::uuid and attribute = $2',
);

/** @throws UNAVAILABLE */
export function createSegmentValueStore(pool: pg.Pool): SegmentValueStore {
  return {
    take: ({ experimentId, attribute, value, most }) =>
      reading(() =>
        inTransaction(pool, async (sql) => {
          await lock(sql, [experimentId, attribute]);
          await take(sql, [experimentId, attribute, value, most]);
          const { rows } = await valuesOf(sql, [experimentId, attribute]);
          return new Set(rows.map((row) => row.value));
        }),
      ),
  };
}
