import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placeStore, storesHome } from '../../src/embedded/account.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { livingPostmaster } from '../../src/embedded/postmaster.js';
import { lookUp } from '../../src/embedded/process-table.js';
import { isGoneWithin } from '../../src/embedded/store-process.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { makeDataFolder } from '../setup/stores.js';
import { killedParent } from './killed-parent.js';

let dataDir: string;
const started: EmbeddedPostgres[] = [];
const log = { info: () => {}, warn: () => {}, error: () => {} };

beforeEach(() => {
  dataDir = makeDataFolder();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((postgres) => postgres.stop()));
  await removeDataFolder(dataDir);
});

async function start(options: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, log, settings: { fsync: 'off' }, ...options });
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('makes a UTF-8 cluster that listens on the loopback address alone, and stops it', async () => {
  const postgres = await start();
  const [row] = await query(
    postgres.url,
    `select current_setting('listen_addresses') as addresses, current_setting('synchronous_commit') as commits, current_setting('TimeZone') as zone,
            current_setting('max_locks_per_transaction') as locks, pg_encoding_to_char(encoding) as encoding, split_part(version(), ' ', 2)::float >= 18 as is_18
     from pg_database where datname = current_database()`,
  );
  expect(row).toEqual({ addresses: '127.0.0.1', commits: 'on', zone: 'UTC', locks: '256', encoding: 'UTF8', is_18: true });
  const pid = postgres.pid() ?? 0;
  await postgres.stop();
  expect(lookUp(pid)).toBeNull();
});

test('keeps data, address and password over a second start', async () => {
  const first = await start();
  await query(first.url, 'create table kept (n int); insert into kept values (42)');
  await first.stop();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 42 }]);
});

test('adopts the server that a killed process left running, and can stop it', async () => {
  const left = await killedParent('postgres', dataDir);
  const lines: string[] = [];
  const postgres = await start({ progress: (line) => lines.push(line) });
  expect(postgres.url).toBe(left.url);
  expect(postgres.pid()).toBe(left.pid);
  expect(lines).toContain(`PostgreSQL: found running (process ${left.pid})`);
  await postgres.stop();
  expect(lookUp(left.pid)).toBeNull();
});

test('starts after a server that was killed too, without losing what was committed', async () => {
  const left = await killedParent('postgres', dataDir);
  await query(left.url, 'create table kept (n int); insert into kept values (42)');
  process.kill(left.pid, 'SIGKILL');
  const postgres = await start();
  expect(await query(postgres.url, 'select n from kept')).toEqual([{ n: 42 }]);
});

test('waits for a server that is still going down', async () => {
  const left = await killedParent('postgres', dataDir);
  const client = new Client({ connectionString: left.url });
  client.on('error', () => {});
  await client.connect();
  // A smart shutdown waits for its clients: this one leaves once the new start is waiting.
  process.kill(left.pid, 'SIGTERM');
  await expect.poll(() => livingPostmaster(join(storesHome(dataDir), 'postgres', 'data'))?.status).toBe('stopping');
  const postgres = await start({
    progress: (line) => {
      if (line.includes('waiting for process')) void client.end();
    },
  });
  expect(postgres.pid()).not.toBe(left.pid);
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('starts a server that dies again, at the same address, and says so', async () => {
  const downs: string[] = [];
  let up: () => void = () => {};
  const isUp = new Promise<void>((resolve) => {
    up = resolve;
  });
  const postgres = await start({ onDown: (how) => downs.push(how), onUp: () => up() });
  const pid = postgres.pid() ?? 0;
  process.kill(pid, 'SIGKILL');
  await isUp;
  expect(downs).toEqual(['killed by SIGKILL']);
  expect(postgres.pid()).not.toBe(pid);
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('stops at once when the server has gone first', async () => {
  const postgres = await start();
  const pid = postgres.pid() ?? 0;
  process.kill(pid, 'SIGKILL');
  const from = performance.now();
  await postgres.stop();
  expect(performance.now() - from).toBeLessThan(5_000);
  expect(await isGoneWithin(pid, 1_000)).toBe(true);
  expect(livingPostmaster(join(storesHome(dataDir), 'postgres', 'data'))).toBeNull();
});

test('is not put off by a pid file whose number has passed to another program', async () => {
  const first = await start();
  await first.stop();
  const data = join(storesHome(dataDir), 'postgres', 'data');
  writeFileSync(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n0\n5432\n\n127.0.0.1\n\nready\n`);
  const second = await start();
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('makes the cluster anew when the first start was killed half way', async () => {
  const draft = join(placeStore(dataDir, 'postgres').folder, 'data.new');
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'PG_VERSION'), '18');
  await start();
  expect(existsSync(draft)).toBe(false);
});

test('ends a start under way when it is called off', async () => {
  const off = new AbortController();
  const starting = startPostgres({ dataDir, log, signal: off.signal, progress: () => off.abort() });
  await expect(starting).rejects.toThrow();
  expect(livingPostmaster(join(storesHome(dataDir), 'postgres', 'data'))).toBeNull();
});

test('tells why it does not come up, in the words of the server', async () => {
  await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow('invalid value for parameter "shared_buffers"');
});
