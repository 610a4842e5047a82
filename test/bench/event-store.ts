/** A store that has been in use: an experiment, its units, and events of the day before, as counting would have left them. */
import { Client } from 'pg';
import type { Bellwether } from './bellwether.js';

export const metric = 'revenue';
export const unitName = (number: number): string => `user-${number}`;
/** In the order of the experiment; units take turns. */
export const variants = ['control', 'treatment'] as const;

const create = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }';
const start = 'mutation { startExperiment(key: "busy") { experiment { status } } }';

/** Creates and starts the experiment that all events are of. */
export async function startBusyExperiment(service: Bellwether): Promise<void> {
  const input = {
    key: 'busy',
    name: 'Busy',
    variants: variants.map((key) => ({ key, weight: 1 / variants.length, isControl: key === 'control' })),
    metrics: { primary: { key: metric, type: 'CONTINUOUS' } },
  };
  await service.ask(create, { input });
  await service.ask(start);
}

export interface Filling {
  readonly units: number;
  /** Events stored, of the value 1, as many of each unit. */
  readonly events: number;
}

/**
 * Fills the database of a started experiment. Rows go in by SQL, in the order of their keys, as a day of events would take a day.
 *
 * @returns id of the experiment
 */
export async function fill(databaseUrl: string, { units, events }: Filling): Promise<string> {
  const sql = new Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    const { rows } = await sql.query<{ id: string }>("select id from experiment where key = 'busy'");
    const id = rows[0]?.id ?? '';
    const each = Math.ceil(events / units);
    await sql.query("select make_hour_partitions('raw_event', 'received_at', now() - interval '24 hours', 49)");
    await sql.query(
      `insert into unit_exposure (experiment_id, unit_id, variant, allocation_version, period, first_exposed_at, segments)
       select $1, 'user-' || n, ($2::text[])[1 + n % 2], 1, 1, now() - interval '25 hours', '{}' from generate_series(0, $3::int - 1) as n`,
      [id, variants, units],
    );
    await sql.query(
      `insert into version_units (experiment_id, allocation_version, period, variant, shard, units)
       select experiment_id, 1, 1, variant, 0, count(*) from unit_exposure group by experiment_id, variant`,
    );
    if (events > 0) {
      await sql.query(
        `insert into event_ledger select gen_random_uuid()::text as id, '\\x00', now() - n % 86400 * interval '1 second'
         from generate_series(1, $1::int) as n order by id`,
        [events],
      );
      await sql.query(
        `insert into raw_event (received_at, event_id, hash_key, unit_id, metric, value, occurred_at)
         select at, gen_random_uuid()::text, 'userId', 'user-' || n % $2::int, $3, 1, at
         from (select n, now() - n % 86400 * interval '1 second' as at from generate_series(1, $1::int) as n) as event`,
        [events, units, metric],
      );
      await sql.query(
        `insert into unit_total (experiment_id, unit_id, metric, events, total)
         select experiment_id, unit_id, $1, $2::int, $2::int from unit_exposure order by unit_id`,
        [metric, each],
      );
      await sql.query(
        `insert into metric_total (experiment_id, period, variant, metric, shard, units, events, total, sum_x, sum_x2)
         select experiment_id, 1, variant, $1, 0, units, units * $2::int, units * $2::int, units * $2::int, units * $2::int * $2::int from version_units`,
        [metric, each],
      );
    }
    await sql.query('vacuum analyze');
    await sql.query('checkpoint');
    return id;
  } finally {
    await sql.end();
  }
}
