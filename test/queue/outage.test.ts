import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedRedis, startRedis } from '../../src/embedded/redis.js';
import { createJobs } from '../../src/queue/jobs.js';
import { createRedisConnections } from '../../src/redis/connections.js';
import { sampleExperiment } from '../core/samples.js';
import { createTestLog } from '../redis/clients.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';

let dataDir: string;
let server: EmbeddedRedis;
beforeAll(async () => {
  dataDir = makeDataFolder();
  server = await startRedis({ dataDir, packageDir, env: process.env, log: createTestLog() });
});
afterAll(() => removeDataFolder(dataDir));

const settings = {
  intervalSeconds: 0.2,
  minWeight: 0,
  maxWeight: 1,
  smoothing: 0,
  minUnitsPerArm: 1,
  burnInSeconds: 0,
  explorationDecay: 0,
};

test('a worker goes on when Redis was killed and came back empty, and stops in time when it is gone', async () => {
  const log = createTestLog();
  const connections = createRedisConnections({ cacheUrl: server.url, queueUrl: server.url, log });
  const experiment = sampleExperiment({ startedAt: new Date() }, { design: 'BANDIT', bandit: settings });
  const waiting: (() => void)[] = [];
  const nextTick = () => new Promise<void>((resolve) => waiting.push(resolve));
  const tick = async () => {
    for (const wake of waiting.splice(0)) wake();
  };
  const jobs = createJobs({
    connection: connections.openQueueClient(),
    experiments: () => [experiment],
    handlers: { bandit: tick, evaluation: async () => {}, maintenance: async () => {} },
    log,
  });
  jobs.start();
  await nextTick();

  const pid = Number(/process_id:(\d+)/.exec(await connections.hot.info('server'))?.[1]);
  const back = new Promise<void>((resolve) => connections.hot.once('close', () => connections.hot.once('ready', resolve)));
  process.kill(pid, 'SIGKILL');
  await back;
  // No comparison is due for half a minute: it is the connection that brings the schedulers back.
  const before = performance.now();
  await nextTick();
  expect(performance.now() - before).toBeLessThan(10_000);

  await server.stop();
  const stopping = performance.now();
  await jobs.stop();
  await connections.close();
  expect(performance.now() - stopping).toBeLessThan(3_500);
});
