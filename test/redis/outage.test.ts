import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendSignal } from '../../src/embedded/process-table.js';
import { type EmbeddedRedis, startRedis } from '../../src/embedded/redis.js';
import { createPool } from '../../src/postgres/database.js';
import { createRecordedExposures } from '../../src/postgres/exposures.js';
import { checkRedis } from '../../src/redis/check.js';
import { createExposureCache } from '../../src/redis/exposure-cache.js';
import { createRecordedVariants } from '../../src/services/recorded-variants.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';
import { createDatabase, makeDataFolder } from '../setup/stores.js';
import { connect, createTestLog, ready } from './clients.js';

let dataDir: string;
let server: EmbeddedRedis;
beforeAll(async () => {
  dataDir = makeDataFolder();
  server = await startRedis({ dataDir, packageDir, env: process.env, log: createTestLog() });
});
afterAll(async () => {
  await server.stop();
  await removeDataFolder(dataDir);
});

const units = [{ experimentId: 'e', unitId: 'u' }];

test('a server that hangs costs a request at most the time limit, and after some failures nothing', async () => {
  const connections = await connect(server.url);
  const cache = createExposureCache(connections.hot);
  await cache.set([{ experimentId: 'e', unitId: 'u', variant: 'green' }]);
  expect(await cache.get(units)).toEqual(['green']);
  // The server holds every answer back for longer than anyone waits, as a hanging one does.
  const slow = await connect(server.url);
  await slow.hot.call('CLIENT', 'PAUSE', '900', 'ALL');
  const times: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    const before = performance.now();
    expect(await cache.get(units)).toEqual([null]);
    times.push(performance.now() - before);
  }
  expect(Math.max(...times)).toBeLessThan(250);
  // Five failures open the circuit: those that follow are not asked at all.
  expect(Math.max(...times.slice(5))).toBeLessThan(20);
  await expect.poll(() => cache.get(units), { timeout: 10_000 }).toEqual(['green']);
  await connections.close();
  await slow.close();
});

test('a cache that is frozen leaves the store of record its time: a unit still gets the variant that was recorded', async () => {
  const unit = { experimentId: randomUUID(), unitId: 'moved' };
  const pool = createPool(await createDatabase());
  await pool.query(
    `insert into unit_exposure (experiment_id, unit_id, variant, allocation_version, period, first_exposed_at, segments)
     values ($1, $2, 'green', 1, 1, now(), '{}')`,
    [unit.experimentId, unit.unitId],
  );
  const connections = await connect(server.url);
  const recorded = createRecordedExposures(pool);
  // With a circuit and a memory of its own each question waits for the cache. Asked again, as a busy machine may be late with any one of them.
  const ask = () => createRecordedVariants({ cache: createExposureCache(connections.hot), recorded }).variantOf(unit);
  sendSignal(server.pid() ?? 0, 'SIGSTOP');
  try {
    await expect.poll(ask).toBe('green');
  } finally {
    sendSignal(server.pid() ?? 0, 'SIGCONT');
  }
  await connections.close();
  await pool.end();
});

test('a connection left on a primary that was replaced is made anew: requests fail meanwhile, what the queue sends waits', async () => {
  const connections = await connect(server.url);
  const queue = connections.openQueueClient();
  await ready(queue);
  const admin = await connect(server.url);
  await admin.hot.call('REPLICAOF', '127.0.0.1', '1');
  const again = new Promise<void>((resolve) => connections.hot.once('reconnecting', () => resolve()));
  await expect(connections.hot.set('a', '1')).rejects.toThrow(/READONLY/);
  await again;
  const sent = queue.set('b', '2');
  await new Promise<void>((resolve) => queue.once('reconnecting', () => resolve()));
  await expect.poll(() => admin.hot.call('REPLICAOF', 'NO', 'ONE').catch(() => null)).toBe('OK');
  expect(await sent).toBe('OK');
  expect(await queue.get('b')).toBe('2');
  await connections.close();
  await admin.close();
});

test('closing does not wait for a server that hangs', async () => {
  const connections = await connect(server.url);
  const slow = await connect(server.url);
  await slow.hot.call('CLIENT', 'PAUSE', '800', 'ALL');
  const before = performance.now();
  await connections.close();
  expect(performance.now() - before).toBeLessThan(1_000);
  await slow.close();
  await expect.poll(() => checkRedis(server.url, ['cache'], 500).then(() => 'up'), { timeout: 10_000 }).toBe('up');
});

test('the check refuses a queue that evicts, naming the policy, and leaves a cache alone', async () => {
  const { hot, close } = await connect(server.url);
  await checkRedis(server.url, ['queue', 'cache']);
  await hot.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await expect(checkRedis(server.url, ['queue'])).rejects.toThrow(/maxmemory-policy is "allkeys-lru".*REDIS_QUEUE_URL/);
  await checkRedis(server.url, ['cache']);
  await hot.config('SET', 'maxmemory-policy', 'noeviction');
  await close();
});

test('the check says where nobody answers, or why it is not let in, and keeps the password to itself', async () => {
  const url = new URL(server.url);
  url.password = 'not-the-password';
  const wrong = await checkRedis(url.href, ['cache']).catch((error: Error) => error);
  expect(String(wrong)).toMatch(/WRONGPASS/);
  expect(String(wrong)).not.toContain('not-the-password');
  await expect(checkRedis('redis://:secret@127.0.0.1:1', ['cache'], 1_000)).rejects.toThrow(
    /127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/,
  );
});
