import { tmpdir } from 'node:os';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRedisVitals } from '../../src/redis/vitals.js';
import { watchStores } from '../../src/telemetry/metrics/stores.js';
import { connect } from '../redis/clients.js';
import { readExposition } from './exposition.js';

/** What stores have to say that is bounded, embedded or away: the stores of the other tests are neither. */

let redis: Awaited<ReturnType<typeof connect>>;
beforeAll(async () => {
  redis = await connect();
});
afterAll(async () => {
  await redis.hot.call('config', 'set', 'maxmemory', '0');
  await redis.close();
});

async function shown() {
  const registry = new Registry();
  const { ping, memory } = createRedisVitals(redis.probe);
  watchStores(registry, {
    pings: { redis_cache: ping, postgres: () => Promise.reject(new Error('away')) },
    redisMemory: { redis_cache: memory },
    pools: {},
    replica: () => ({ isUsed: false, behindMs: 4_500, decisionReads: { replica: 3, primary: 4 } }),
    definitions: { asOf: () => null, source: () => null },
    dataDir: tmpdir(),
  });
  return readExposition(await registry.metrics());
}

test('a bound on the memory of Redis gives its used share, which nothing gives without one', async () => {
  expect((await shown()).samples('bellwether_redis_memory_ratio')).toEqual([]);
  await redis.hot.call('config', 'set', 'maxmemory', '1gb');
  const { sum } = await shown();
  const used = sum('bellwether_redis_memory_used_bytes', { store: 'redis_cache' });
  expect(used).toBeGreaterThan(100_000);
  expect(sum('bellwether_redis_memory_ratio', { store: 'redis_cache' })).toBeCloseTo(used / 2 ** 30, 3);
});

test('the disk of embedded stores, a store that is away, and a replica that lags are shown', async () => {
  const { sum, samples } = await shown();
  expect(sum('bellwether_disk_free_bytes')).toBeGreaterThan(0);
  expect(sum('bellwether_disk_free_ratio')).toBeGreaterThan(0);
  expect(sum('bellwether_disk_free_ratio')).toBeLessThan(1);
  expect([sum('bellwether_store_up', { store: 'redis_cache' }), sum('bellwether_store_up', { store: 'postgres' })]).toEqual([1, 0]);
  expect(samples('bellwether_store_latency_seconds').map(({ labels }) => labels.store)).toEqual(['redis_cache']);
  expect([sum('bellwether_replica_used'), sum('bellwether_replica_behind_seconds')]).toEqual([0, 4.5]);
  expect(sum('bellwether_decision_reads_total', { server: 'primary' })).toBe(4);
});
