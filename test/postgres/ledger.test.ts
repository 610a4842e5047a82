import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { settlementOf, takeIds } from '../../src/postgres/ledger.js';
import { createDatabase } from '../setup/stores.js';

/** Ids taken before it is known what becomes of their events. */

let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  pool = createPool(await createDatabase());
});
afterAll(() => pool.end());

const receivedAt = Date.UTC(2026, 0, 1, 12, 30, 15, 250);
const entry = (eventId: string, contentHash: string) => ({ eventId, contentHash, receivedAt });

async function inTransaction<T>(work: (sql: pg.PoolClient) => Promise<T>): Promise<T> {
  const sql = await pool.connect();
  try {
    await sql.query('begin');
    const result = await work(sql);
    await sql.query('commit');
    return result;
  } finally {
    sql.release();
  }
}

async function stored(prefix: string): Promise<object> {
  const { rows } = await pool.query(
    "select event_id, encode(content_hash, 'hex') as hash, received_at from event_ledger where event_id like $1 order by event_id",
    [`${prefix}%`],
  );
  return rows.map(({ event_id, hash, received_at }) => [event_id, hash, received_at.getTime()]);
}

test('new ids are taken for the first of their items, known ones keep their content', async () => {
  await inTransaction((sql) => takeIds(sql, [entry('a1', 'aa')]));
  const { ledger, taken } = await inTransaction((sql) => takeIds(sql, [entry('a2', 'bb'), entry('a1', 'cc'), entry('a2', 'dd')]));
  expect(ledger).toEqual(new Map([['a1', 'aa']]));
  expect(taken).toEqual(new Map([['a2', 'bb']]));
  expect(await stored('a')).toEqual([
    ['a1', 'aa', receivedAt],
    ['a2', 'bb', receivedAt],
  ]);
});

test('ids of refused events are given back, and written for the item that was accepted', async () => {
  const items = [entry('b1', 'aa'), entry('b2', 'bb'), entry('b3', 'cc'), entry('b3', 'dd')];
  await inTransaction(async (sql) => {
    const { taken } = await takeIds(sql, items);
    for (const write of settlementOf(taken, [entry('b2', 'bb'), entry('b3', 'dd')])) await sql.query(write);
  });
  expect(await stored('b')).toEqual([
    ['b2', 'bb', receivedAt],
    ['b3', 'dd', receivedAt],
  ]);
});

test('who takes an id that another is taking waits, and learns its content or gets it', async () => {
  for (const end of ['commit', 'rollback']) {
    const first = await pool.connect();
    await first.query('begin');
    await takeIds(first, [entry(`c ${end}`, 'aa')]);
    const second = inTransaction((sql) => takeIds(sql, [entry(`c ${end}`, 'bb')]));
    await expect
      .poll(
        async () =>
          (await pool.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).rowCount,
      )
      .toBe(1);
    await first.query(end);
    first.release();
    const { ledger, taken } = await second;
    expect([...ledger.values(), ...taken.values()]).toEqual([end === 'commit' ? 'aa' : 'bb']);
    expect(taken.size).toBe(end === 'commit' ? 0 : 1);
  }
});
