import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRedis } from '../../src/redis/check.js';
import { createRedisConnections } from '../../src/redis/connections.js';
import { createDefinitionCache } from '../../src/redis/definition-cache.js';
import { createExposureCache } from '../../src/redis/exposure-cache.js';
import { createLocks } from '../../src/redis/locks.js';
import { createRedisVitals } from '../../src/redis/vitals.js';
import { sampleExperiment } from '../core/samples.js';
import { createTestLog, ready } from '../redis/clients.js';
import { flows, leaveBehind, serveThrough } from './failover.js';
import { createRedisServers, password, startCluster } from './redis-servers.js';

/** A real Redis Cluster: three primaries, each with a replica. */

const servers = createRedisServers();
let cluster: Awaited<ReturnType<typeof startCluster>>;

beforeAll(async () => {
  cluster = await startCluster(servers);
}, 120_000);
afterAll(() => servers.killAll());

test('caches, locks and looks work on keys of all servers', { timeout: 60_000 }, async () => {
  const connections = createRedisConnections({ cacheUrl: cluster.url, queueUrl: cluster.url, log: createTestLog() });
  await Promise.all([connections.hot, connections.probe].map(ready));
  const units = Array.from({ length: 30 }, (_, n) => ({ experimentId: `e${n % 10}`, unitId: `u${n}`, variant: `v${n}` }));
  const places = await Promise.all(units.map(({ experimentId }) => cluster.primaryOf(`bellwether:{${experimentId}}:unit:x`)));
  expect(new Set(places).size).toBe(3);
  const exposures = createExposureCache(connections.hot);
  await expect
    .poll(async () => {
      await exposures.set(units);
      return exposures.get([...units, { experimentId: 'e1', unitId: 'nobody' }]);
    })
    .toEqual([...units.map(({ variant }) => variant), null]);
  await exposures.forget('u3', ['e3', 'e4']);
  expect(await exposures.get(units.slice(2, 4))).toEqual(['v2', null]);

  const definitions = createDefinitionCache(connections.hot);
  const experiment = sampleExperiment({ version: 5 });
  await definitions.put(experiment);
  expect(await definitions.get(experiment.id, 5)).toEqual(experiment);
  const locks = createLocks(connections.hot);
  expect([await locks.tryHold('bandit:1', 60_000), await locks.tryHold('bandit:1', 60_000)]).toEqual([true, false]);
  const vitals = createRedisVitals(connections.probe);
  expect(await vitals.ping()).toBe('PONG');
  expect((await vitals.memory()).usedBytes).toBeGreaterThan(100_000);
  await flows(cluster.url);
  await connections.close();
});

test('the check looks at every primary, and tells a cluster from a server', { timeout: 60_000 }, async () => {
  await checkRedis(cluster.url, ['queue', 'cache']);
  const [first, second] = cluster.nodes;
  await second?.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  await expect(checkRedis(cluster.url, ['queue'])).rejects.toThrow(/is used as a queue, but its maxmemory-policy is "allkeys-lru"/);
  await second?.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await expect(checkRedis(`redis://:${password}@127.0.0.1:${first?.port}`, ['cache'])).rejects.toThrow(
    /belongs to a cluster; use redis\+cluster:/,
  );
  const alone = await servers.start([]);
  await expect(checkRedis(`redis+cluster://:${password}@127.0.0.1:${alone.port}`, ['cache'])).rejects.toThrow(/is no cluster; use redis:/);
  await expect(checkRedis(`redis+cluster://:wrong-one@127.0.0.1:${first?.port}`, ['cache'])).rejects.toThrow(
    /does not answer: .*WRONGPASS/,
  );
});

test('a primary that is killed and replaced costs no request and no event', { timeout: 180_000 }, async () => {
  const key = '{bellwether}:bellwether:meta';
  await serveThrough(cluster.url, async () => {
    const lost = await cluster.primaryOf(key);
    const other = cluster.nodes.find((node) => node !== lost);
    await lost.kill();
    await expect.poll(async () => (await cluster.primaryOf(key, other)) === lost, { timeout: 60_000, interval: 100 }).toBe(false);
  });
});

test('a primary that hangs is left for the one that replaces it, also by those who only listen', { timeout: 120_000 }, async () => {
  const states = await Promise.all(cluster.nodes.map((node) => node.call('PING').catch(() => null)));
  const [living] = cluster.nodes.filter((_, i) => states[i] === 'PONG');
  // Of a key whose primary has its replica still.
  const key = 'bellwether:{definitions}';
  const primary = await cluster.primaryOf(key, living);
  const other = cluster.nodes.find((node, i) => node !== primary && states[i] === 'PONG');
  await leaveBehind(cluster.url, key, async () => {
    primary.freeze();
    await expect.poll(async () => (await cluster.primaryOf(key, other)) === primary, { timeout: 60_000, interval: 100 }).toBe(false);
  });
});
