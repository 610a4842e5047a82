import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRedis } from '../../src/redis/check.js';
import { flows, leaveBehind, serveThrough } from './failover.js';
import { createRedisServers, type RedisServer, startSentinels } from './redis-servers.js';

/** A primary with two replicas, and three sentinels that watch it. */

const servers = createRedisServers();
let watched: Awaited<ReturnType<typeof startSentinels>>;

beforeAll(async () => {
  watched = await startSentinels(servers);
}, 120_000);
afterAll(() => servers.killAll());

test('the primary is found by its name', { timeout: 60_000 }, async () => {
  await checkRedis(watched.url, ['queue', 'cache']);
  await watched.primary.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  await expect(checkRedis(watched.url, ['queue'])).rejects.toThrow(/is used as a queue, but its maxmemory-policy is "allkeys-lru"/);
  await watched.primary.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await expect(checkRedis(watched.url.replace(/bellwether$/, 'another'), ['cache'])).rejects.toThrow(/does not answer/);
  await flows(watched.url);
});

test('a primary that is killed and replaced costs no request and no event', { timeout: 180_000 }, async () => {
  await serveThrough(watched.url, async () => {
    await watched.primary.kill();
    const roles = () => Promise.all(watched.replicas.map(async (replica) => ((await replica.call('ROLE')) as string[])[0]));
    await expect.poll(roles, { timeout: 60_000, interval: 100 }).toContain('master');
  });
});

test('a primary that hangs is left for the one that replaces it, also by those who only listen', { timeout: 120_000 }, async () => {
  const roleOf = async (server: RedisServer) => ((await server.call('ROLE')) as string[])[0];
  const roles = await Promise.all(watched.replicas.map(roleOf));
  const [primary, other] = roles[0] === 'master' ? watched.replicas : [...watched.replicas].reverse();
  await leaveBehind(watched.url, 'key', async () => {
    primary?.freeze();
    await expect.poll(() => roleOf(other as RedisServer), { timeout: 60_000 }).toBe('master');
  });
});
