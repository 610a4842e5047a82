import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment, insertRow, uuidOf } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
let sweeps: ReturnType<typeof createSweeps>;
beforeAll(async () => {
  const url = new URL(await createDatabase());
  // Hours are those of UTC, whatever zone the session has; this one is half an hour off.
  url.searchParams.set('options', '-c timezone=Asia/Kolkata');
  pool = createPool(url.href);
  sweeps = createSweeps(pool);
});
afterAll(() => pool.end());

const now = new Date('2025-03-01T12:34:56.789Z');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const ago = (ms: number) => new Date(now.getTime() - ms);

async function partitionsOf(table: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select relname as name from pg_inherits join pg_class on oid = inhrelid where inhparent = $1::regclass and relname !~ 'default' order by 1",
    [table],
  );
  return rows.map(({ name }) => name.replace(`${table}_`, ''));
}

async function insertEvent(eventId: string, receivedAt: Date): Promise<void> {
  const rest = { hash_key: 'userId', unit_id: 'u', metric: 'm', value: 1, occurred_at: receivedAt, experiment_id: null };
  await insertRow(pool, 'raw_event', { received_at: receivedAt, event_id: eventId, ...rest });
}

async function partitionOf(eventId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ name: string }>('select tableoid::regclass::text as name from raw_event where event_id = $1', [
    eventId,
  ]);
  return rows[0]?.name;
}

describe('partitions', () => {
  test('are made for the present hour and two days ahead, once, and take over what had none', async () => {
    await insertEvent('early', now);
    expect(await partitionOf('early')).toBe('raw_event_default');

    expect(await sweeps.makePartitions(now)).toBe(3 * 49);
    for (const table of ['raw_exposure', 'raw_event', 'cohort_total']) {
      const made = await partitionsOf(table);
      expect(made).toHaveLength(49);
      expect([made[0], made.at(-1)]).toEqual(['2025030112', '2025030312']);
    }
    expect(await partitionOf('early')).toBe('raw_event_2025030112');
    expect(await sweeps.makePartitions(now)).toBe(0);
    expect(await sweeps.makePartitions(new Date(now.getTime() + hourMs))).toBe(3);

    await insertEvent('edge', new Date('2025-03-01T13:00:00.000Z'));
    expect(await partitionOf('edge')).toBe('raw_event_2025030113');
    const { rows } = await pool.query("select indexdef from pg_indexes where tablename = 'raw_event_2025030113'");
    expect(rows).toEqual([{ indexdef: expect.stringContaining('(unit_id, metric)') }]);
  });

  test('are made once when two workers make them at the same time', async () => {
    const later = new Date(now.getTime() + 10 * dayMs);
    const before = await partitionsOf('raw_event');
    /** Until it finds all made: one that would have to wait for another gives up and comes again. */
    async function worker(): Promise<void> {
      while ((await sweeps.makePartitions(later).catch((error) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }))) !== 0);
    }
    await Promise.all([worker(), worker(), worker()]);
    for (const table of ['raw_exposure', 'raw_event', 'cohort_total']) expect(await partitionsOf(table)).toHaveLength(before.length + 49);
  });

  test('are dropped an hour after retention, cohorts after 62 days, and nothing before', async () => {
    for (const [table, column, days, spare] of [
      ['raw_event', 'received_at', 3, 1],
      ['raw_exposure', 'received_at', 3, 1],
      ['cohort_total', 'hour', 62, 0],
    ] as const) {
      // From one hour that is past its life to one that is not: 12:34 less the spare hour cuts between them.
      const oldest = ago(days * dayMs + (spare + 1) * hourMs);
      await pool.query('select make_hour_partitions($1, $2, $3, 2)', [table, column, oldest]);
    }
    await insertEvent('past', ago(3 * dayMs + 2 * hourMs));
    await insertEvent('past, without a partition', ago(9 * dayMs));
    await insertEvent('kept', ago(3 * dayMs + hourMs));
    await insertEvent('kept, without a partition', ago(2 * dayMs));

    await sweeps.dropExpired(now, 3);
    expect((await partitionsOf('raw_event'))[0]).toBe('2025022611');
    expect((await partitionsOf('raw_exposure'))[0]).toBe('2025022611');
    expect((await partitionsOf('cohort_total'))[0]).toBe('2024122912');
    const { rows } = await pool.query<{ event_id: string }>("select event_id from raw_event where event_id ~ 'past|kept' order by 1");
    expect(rows.map((row) => row.event_id)).toEqual(['kept', 'kept, without a partition']);
  });

  test('stay rather than keep writers waiting behind a long read', async () => {
    await pool.query("select make_hour_partitions('raw_event', 'received_at', $1, 1)", [ago(100 * dayMs)]);
    const reader = await pool.connect();
    await reader.query('begin; select from raw_event');
    await expect(sweeps.dropExpired(now, 3)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await reader.query('commit');
    reader.release();
    expect(await partitionsOf('raw_event')).toContain('2024112112');
    await sweeps.dropExpired(now, 3);
    expect(await partitionsOf('raw_event')).not.toContain('2024112112');
  });
});

test('ids of events and idempotency keys go when their life is over, also more than one batch of them', async () => {
  await pool.query(
    `insert into event_ledger (event_id, content_hash, received_at)
     select 'old ' || i, ''::bytea, $1::timestamptz - i * interval '1 second' from generate_series(1, 25000) as i
     union all values ('kept', ''::bytea, $1::timestamptz + interval '1 second')`,
    [ago(4 * dayMs)],
  );
  for (const [key, createdAt] of [
    ['old', ago(7 * dayMs + 1)],
    ['kept', ago(7 * dayMs)],
  ] as const) {
    await insertRow(pool, 'idempotent_outcome', {
      api_key_id: uuidOf('key'),
      key,
      fingerprint: '',
      outcome: Buffer.from([]),
      created_at: createdAt,
    });
  }
  await sweeps.dropExpired(now, 3);
  expect((await pool.query('select event_id from event_ledger')).rows).toEqual([{ event_id: 'kept' }]);
  expect((await pool.query('select key from idempotent_outcome')).rows).toEqual([{ key: 'kept' }]);
});

describe('a sweep', () => {
  test('is made by one worker at a time, another sweep beside it', async () => {
    const order: string[] = [];
    const ran = await sweeps.exclusively('guardrails', async () => {
      expect(await sweeps.exclusively('guardrails', async () => void order.push('second'))).toBe(false);
      expect(await sweeps.exclusively('maintenance', async () => void order.push('other'))).toBe(true);
      order.push('first');
    });
    expect(ran).toBe(true);
    expect(order).toEqual(['other', 'first']);
  });

  test('that fails frees the way for the next', async () => {
    await expect(sweeps.exclusively('guardrails', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await sweeps.exclusively('guardrails', async () => {})).toBe(true);
  });

  test('whose connection dies while it works fails and frees the way for the next', async () => {
    const dying = sweeps.exclusively('guardrails', async () => {
      await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
      );
    });
    await expect(dying).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    // The server says that it ends the connection before it lets go of what that held.
    await expect.poll(() => sweeps.exclusively('guardrails', async () => {})).toBe(true);
  });

  test('sees the sums of many experiments and the ticks of all', async () => {
    const experiments = [await insertExperiment(pool, 'a'), await insertExperiment(pool, 'b')];
    expect([...(await sweeps.arms(experiments, 'PRIMARY')).keys()]).toEqual(experiments.map(({ id }) => id));
    await insertRow(pool, 'tick', { experiment_id: uuidOf('a'), kind: 'bandit', at: now, count: 4 });
    expect(await sweeps.ticks()).toEqual([{ experimentId: uuidOf('a'), kind: 'bandit', at: now }]);
  });
});
