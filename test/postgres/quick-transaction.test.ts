import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool, inOrder, inQuickTransaction, inTransaction, statement } from '../../src/postgres/database.js';
import { createDatabase } from '../setup/stores.js';

let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  pool = createPool(await createDatabase(), 1);
  await pool.query('create table kept (n integer primary key)');
});
afterAll(() => pool.end());

const insert = statement('insert_kept', 'insert into kept select unnest($1::int[])');
const kept = async () => (await pool.query<{ n: number }>('select n from kept order by n')).rows.map(({ n }) => n);
const writing = (...batches: readonly number[][]) =>
  inQuickTransaction(pool, async (sql) => {
    await insert(sql, [[100 * (batches[0]?.[0] ?? 0)]]);
    return { result: 'done', writes: batches.map((batch) => insert.with([batch])) };
  });

test('writes that leave with the commit are there when it resolves', async () => {
  expect(await writing([1, 2], [3])).toBe('done');
  expect(await kept()).toEqual([1, 2, 3, 100]);
});

test('where one of them fails, first, last or between, nothing stays, the error is told, and the connection goes on', async () => {
  for (const batches of [
    [[1], [4], [5]],
    [[4], [1], [5]],
    [[4], [5], [1]],
  ]) {
    await expect(writing(...batches)).rejects.toMatchObject({ code: '23505' });
    expect(await kept()).toEqual([1, 2, 3, 100]);
  }
  expect(await writing([6])).toBe('done');
  expect(await kept()).toEqual([1, 2, 3, 6, 100, 600]);
});

test('work that fails sends none of them', async () => {
  const work = inQuickTransaction(pool, async (sql) => {
    await insert(sql, [[7]]);
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(await kept()).toEqual([1, 2, 3, 6, 100, 600]);
});

test('a commit that the server refuses is an error', async () => {
  await pool.query('create table late (n integer references kept deferrable initially deferred)');
  const late = statement('insert_late', 'insert into late values ($1)');
  const work = inQuickTransaction(pool, async () => ({ result: 'done', writes: [late.with([99])] }));
  await expect(work).rejects.toMatchObject({ code: '23503' });
  expect((await pool.query('select * from late')).rows).toEqual([]);
});

test('of answers in order the first failure is told, whichever came first', async () => {
  const late = async (reason: string) => {
    await pool.query('select 1');
    throw new Error(reason);
  };
  await expect(inOrder([pool.query('select 1'), late('the cause'), Promise.reject(new Error('what follows of it'))])).rejects.toThrow(
    'the cause',
  );
  expect(await inOrder([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

test('a transaction that failed unnoticed is not told as done', async () => {
  const before = await kept();
  const work = inTransaction(pool, async (sql) => {
    await insert(sql, [[8]]);
    await insert(sql, [[1]]).catch(() => {});
  });
  await expect(work).rejects.toThrow('The transaction had failed, and was rolled back.');
  expect(await kept()).toEqual(before);
});
