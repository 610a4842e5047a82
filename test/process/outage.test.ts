import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { type EmbeddedRedis, startRedis } from '../../src/embedded/redis.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';
import { type Launched, launchService } from './launched.js';

let dataDir: string;
let storesDir: string;
let stores: [EmbeddedPostgres, EmbeddedRedis];
const running: Launched[] = [];
const log = { info: () => {}, warn: () => {}, error: () => {} };
const adminKey = 'the-key-of-the-outage-test-0123456789';

beforeEach(async () => {
  dataDir = makeDataFolder();
  storesDir = makeDataFolder();
  stores = await Promise.all([
    startPostgres({ dataDir: storesDir, log }),
    startRedis({ dataDir: storesDir, packageDir, env: process.env, log }),
  ]);
});
afterEach(async () => {
  for (const service of running.splice(0)) {
    service.signal('SIGTERM', 'process');
    await service.ended;
  }
  await Promise.all(stores.map((store) => store.stop()));
  await removeDataFolder(storesDir);
  await removeDataFolder(dataDir);
});

async function start(): Promise<Launched> {
  const [{ url: DATABASE_URL }, { url: REDIS_URL }] = stores;
  const service = await launchService({ dataDir, env: { DATABASE_URL, REDIS_URL, BELLWETHER_ADMIN_KEY: adminKey } });
  running.push(service);
  return service;
}

async function ask(service: Launched, query: string): Promise<unknown> {
  const response = await fetch(`${service.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

test('starts from the snapshot within 15 s when both given stores are away, and is whole again when they are back', async () => {
  const first = await start();
  const make = `mutation { createExperiment(input: { key: "known", name: "Known", variants: [{ key: "a", weight: 0.5 }, { key: "b", weight: 0.5 }],
    metrics: { primary: { key: "bought", type: CONVERSION } } }) { experiment { key } } }`;
  expect(await ask(first, make)).toEqual({ data: { createExperiment: { experiment: { key: 'known' } } } });
  first.signal('SIGTERM', 'process');
  await first.ended;
  await Promise.all(stores.map((store) => store.stop()));
  const from = performance.now();
  const second = await start();
  expect(performance.now() - from).toBeLessThan(15_000);
  expect((await fetch(`${second.address}/ready`)).status).toBe(200);
  stores = await Promise.all([
    startPostgres({ dataDir: storesDir, log }),
    startRedis({ dataDir: storesDir, packageDir, env: process.env, log }),
  ]);
  const count = () => ask(second, '{ experiments { totalCount } }');
  await expect.poll(count, { timeout: 15_000 }).toEqual({ data: { experiments: { totalCount: 1 } } });
}, 60_000);
