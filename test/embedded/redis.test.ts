import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placeStore } from '../../src/embedded/account.js';
import { lookUp } from '../../src/embedded/process-table.js';
import { type EmbeddedRedis, startRedis } from '../../src/embedded/redis.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';
import { killedParent } from './killed-parent.js';

let dataDir: string;
const started: EmbeddedRedis[] = [];
const log = { info: () => {}, warn: () => {}, error: () => {} };

beforeEach(() => {
  dataDir = makeDataFolder();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((redis) => redis.stop()));
  await removeDataFolder(dataDir);
});

async function start(options: Partial<Parameters<typeof startRedis>[0]> = {}): Promise<EmbeddedRedis> {
  const redis = await startRedis({ dataDir, packageDir, env: process.env, log, ...options });
  started.push(redis);
  return redis;
}

async function ask<T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { retryStrategy: () => null });
  client.on('error', () => {});
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

test('evicts nothing, keeps nothing on disk, and lets nobody in without the password', async () => {
  const { url } = await start();
  expect(await ask(url, (client) => client.config('GET', 'maxmemory-policy'))).toEqual(['maxmemory-policy', 'noeviction']);
  expect(await ask(url, (client) => client.config('GET', 'save'))).toEqual(['save', '']);
  expect(await ask(url, (client) => client.config('GET', 'bind'))).toEqual(['bind', '127.0.0.1']);
  await expect(ask(url.replace(/:[^:@]+@/, ':wrong@'), (client) => client.ping())).rejects.toThrow();
});

test('keeps its address over a second start', async () => {
  const first = await start();
  await first.stop();
  expect((await start()).url).toBe(first.url);
});

test('adopts the server that a killed process left running, and can stop it', async () => {
  const left = await killedParent('redis', dataDir);
  await ask(left.url, (client) => client.set('still', 'here'));
  const redis = await start();
  expect(redis.pid()).toBe(left.pid);
  expect(await ask(redis.url, (client) => client.get('still'))).toBe('here');
  await redis.stop();
  expect(lookUp(left.pid)).toBeNull();
});

test('starts a server that dies again, at the same address', async () => {
  let up: () => void = () => {};
  const isUp = new Promise<void>((resolve) => {
    up = resolve;
  });
  const redis = await start({ onUp: () => up() });
  const pid = redis.pid() ?? 0;
  process.kill(pid, 'SIGKILL');
  await isUp;
  expect(redis.pid()).not.toBe(pid);
  expect(await ask(redis.url, (client) => client.ping())).toBe('PONG');
});

test('stops at once when the server has gone first', async () => {
  const redis = await start();
  process.kill(redis.pid() ?? 0, 'SIGKILL');
  await redis.stop();
  expect(await ask(redis.url, (client) => client.ping()).catch(() => 'gone')).toBe('gone');
});

test('replaces a pid file that belongs to nobody', async () => {
  const { folder } = placeStore(dataDir, 'redis');
  writeFileSync(join(folder, 'redis.pid'), String(process.pid));
  writeFileSync(join(folder, 'port'), '6399');
  const redis = await start();
  expect(await ask(redis.url, (client) => client.ping())).toBe('PONG');
});
