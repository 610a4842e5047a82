/** The bound of trackEvents: one statement on one connection that inserts unseen ids and updates unit totals and sums. It checks nothing and keeps no event. */
import { randomInt, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { metric, unitName, variants } from './event-store.js';

const text = `
  with event as materialized (
    select * from unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::numeric[]) as event (id, hash, variant, unit, value)
  ), fresh as (
    insert into event_ledger (event_id, content_hash, received_at) select id, hash, now() from event on conflict do nothing returning event_id
  ), moved as (
    insert into unit_total as t (experiment_id, unit_id, metric, events, total)
    select $6::uuid, unit, '${metric}', count(*), sum(value) from event join fresh on fresh.event_id = event.id group by unit order by unit
    on conflict (experiment_id, unit_id, metric) do update set events = t.events + excluded.events, total = t.total + excluded.total
    returning unit_id, coalesce(old.events, 0) as events_before, new.events, coalesce(old.total, 0) as before, new.total as after
  )
  insert into metric_total as t (experiment_id, period, variant, metric, shard, units, events, total, sum_x, sum_x2)
  select $6::uuid, 1, variant, '${metric}', 15, count(*) filter (where events_before = 0), sum(events - events_before),
         sum(after - before), sum(after - before), sum(after * after - before * before)
  from moved join (select distinct unit, variant from event) as unit on unit.unit = moved.unit_id group by variant order by variant
  on conflict (experiment_id, period, variant, metric, segment, shard) do update
  set units = t.units + excluded.units, events = t.events + excluded.events, total = t.total + excluded.total,
      sum_x = t.sum_x + excluded.sum_x, sum_x2 = t.sum_x2 + excluded.sum_x2`;

export interface BareWriter {
  /** Writes batch after batch for so long. @returns events a second */
  write(seconds: number): Promise<number>;
  close(): Promise<void>;
}

/** PostgreSQL 18 or later: the statement returns what was there before. */
export async function openBareWriter(
  databaseUrl: string,
  experimentId: string,
  { units, size }: { units: number; size: number },
): Promise<BareWriter> {
  const sql = new Client({ connectionString: databaseUrl });
  await sql.connect();
  const hash = Buffer.alloc(16, 1);

  async function writeBatch(): Promise<void> {
    const numbers = Array.from({ length: size }, () => randomInt(units));
    await sql.query({
      name: 'bare',
      text,
      values: [
        numbers.map(() => randomUUID()),
        numbers.map(() => hash),
        numbers.map((number) => variants[number % 2]),
        numbers.map(unitName),
        numbers.map(() => randomInt(10_000) / 100),
        experimentId,
      ],
    });
  }

  return {
    async write(seconds) {
      const from = performance.now();
      let batches = 0;
      for (; performance.now() - from < seconds * 1_000; batches += 1) await writeBatch();
      return (batches * size * 1_000) / (performance.now() - from);
    },
    close: () => sql.end(),
  };
}
