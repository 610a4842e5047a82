import { once } from 'node:events';
import { Queue } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import { dueAt, readQueueState } from '../../src/queue/queue-state.js';
import { createRedisConnections } from '../../src/redis/connections.js';
import { createRedisVitals } from '../../src/redis/vitals.js';
import { createTestLog, ready } from '../redis/clients.js';
import { redisUrl } from '../setup/stores.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openQueue() {
  const url = await redisUrl();
  const connections = createRedisConnections({ cacheUrl: url, queueUrl: url, log: createTestLog() });
  const connection = connections.openQueueClient();
  await ready(connection);
  const queue = new Queue('looked at', { connection });
  closing.push(connections.close, () => queue.close());
  return { queue, connection, connections };
}

test('a job waits from when it was due, whether or not a worker has noted that', async () => {
  const { queue } = await openQueue();
  expect(await readQueueState(queue)).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0, oldestDueMs: 0 });
  const soon = await queue.add('later', {}, { delay: 60_000 });
  const now = soon.timestamp;
  expect(await readQueueState(queue, now)).toMatchObject({ delayed: 1, oldestDueMs: 0 });
  // No worker is there to move it.
  expect(await readQueueState(queue, now + 90_000)).toMatchObject({ delayed: 1, oldestDueMs: 30_000 });
  const first = await queue.add('now', {});
  await queue.add('after it', {});
  expect(await readQueueState(queue, first.timestamp + 5_000)).toMatchObject({ waiting: 2, delayed: 1, oldestDueMs: 5_000 });
});

test('a job of a scheduler is due when the scheduler says', async () => {
  const { queue } = await openQueue();
  await queue.upsertJobScheduler('hourly', { pattern: '0 0 * * * *', tz: 'UTC' }, { name: 'maintenance' });
  const [scheduler] = await queue.getJobSchedulers();
  const [job] = await queue.getJobs(['delayed']);
  expect(job && dueAt(job)).toBe(scheduler?.next);
  expect(scheduler?.next).toBe(Math.ceil(((job?.timestamp ?? 0) + 1) / 3_600_000) * 3_600_000);
});

test('a Redis tells of its memory, and one that is away is not waited for', async () => {
  const { connections, connection } = await openQueue();
  await ready(connections.probe);
  const vitals = createRedisVitals(connections.probe);
  expect(await vitals.ping()).toBe('PONG');
  const { usedBytes, maxBytes } = await vitals.memory();
  expect(usedBytes).toBeGreaterThan(100_000);
  expect(maxBytes).toBe(0);
  // This client itself would wait until its server comes back.
  const away = createRedisVitals(connection);
  const gone = once(connection, 'end');
  connection.disconnect();
  await gone;
  await expect(away.ping()).rejects.toThrow('Redis is end');
  await expect(away.memory()).rejects.toThrow('Redis is end');
});
