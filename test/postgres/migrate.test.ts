import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { migrate } from '../../src/postgres/migrate.js';
import { createEmptyDatabase } from '../setup/stores.js';

let url: string;
let folder: string;

beforeEach(async () => {
  url = await createEmptyDatabase();
  folder = mkdtempSync(join(tmpdir(), 'bellwether-migrations-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('applies the migrations of this repository once', async () => {
  expect((await migrate(url)).applied.length).toBeGreaterThan(0);
  expect(await migrate(url)).toEqual({ applied: [], warnings: [] });
});

test('applies in the order of names, function bodies and all', async () => {
  write(
    '2_function',
    'create function double(n int) returns int language plpgsql as $$ begin return n * 2; end; $$;\ninsert into t values (double(21));',
  );
  write('1_table', 'create table t (n int);');
  expect((await migrate(url, { folder })).applied).toEqual(['1_table', '2_function']);
  expect(await query('select n from t')).toEqual([{ n: 42 }]);
});

test('lets one of two runners apply while the other waits', async () => {
  write('1_table', 'create table t (n int); insert into t values (1);');
  const reports = await Promise.all([migrate(url, { folder }), migrate(url, { folder }), migrate(url, { folder })]);
  expect(reports.flatMap((report) => report.applied)).toEqual(['1_table']);
  expect(await query('select count(*)::int as n from t')).toEqual([{ n: 1 }]);
});

test('rolls a failing migration back whole and keeps the ones before it', async () => {
  write('1_good', 'create table good (n int);');
  write('2_bad', 'create table half (n int); select 1 / 0;');
  await expect(migrate(url, { folder })).rejects.toThrow('Migration 2_bad failed and was rolled back: division by zero');
  expect(await query(`select to_regclass('half') as half, to_regclass('good')::text as good`)).toEqual([{ half: null, good: 'good' }]);
  write('2_bad', 'create table whole (n int);');
  expect((await migrate(url, { folder })).applied).toEqual(['2_bad']);
});

test('warns of a migration that was changed after it was applied, and of one it does not know', async () => {
  write('1_table', 'create table t (n int);');
  await migrate(url, { folder });
  write('1_table', 'create table t (n bigint);');
  await query(`insert into _prisma_migrations (id, checksum, migration_name, finished_at) values ('x', 'x', '9_later', now())`);
  const { warnings } = await migrate(url, { folder });
  expect(warnings).toEqual([
    'Migration 1_table was changed after it had been applied.',
    'The database has migrations that this version does not know: 9_later.',
  ]);
});

test('stops before a migration that another tool left unfinished', async () => {
  await migrate(url, { folder });
  await query(`insert into _prisma_migrations (id, checksum, migration_name) values ('x', 'x', '0_broken')`);
  await expect(migrate(url, { folder })).rejects.toThrow('Migration 0_broken was begun and not finished');
});

test('gets hold of a table that others use by trying again, and gives up in time', async () => {
  write('1_table', 'create table t (n int);');
  await migrate(url, { folder });
  const reader = new Client({ connectionString: url });
  await reader.connect();
  await reader.query('begin; select from t;');
  write('2_column', 'alter table t add m int;');
  await expect(migrate(url, { folder, lockTimeoutMs: 100 })).rejects.toThrow(
    'Migration 2_column failed and was rolled back: canceling statement due to lock timeout',
  );
  const migrating = migrate(url, { folder });
  await vi.waitFor(async () => {
    expect(await query(`select from pg_locks where relation = 't'::regclass and not granted`)).toHaveLength(1);
  });
  await reader.end();
  expect((await migrating).applied).toEqual(['2_column']);
});

test('gives up when the lock is not free in time', async () => {
  const holder = new Client({ connectionString: url });
  await holder.connect();
  await holder.query('select pg_advisory_lock(72707369)');
  await expect(migrate(url, { folder, lockTimeoutMs: 100 })).rejects.toThrow('lock timeout');
  await holder.end();
});
