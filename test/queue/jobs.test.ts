import { Queue } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import type { Experiment } from '../../src/core/experiment.js';
import { createJobs, type JobsParts } from '../../src/queue/jobs.js';
import { createRedisConnections } from '../../src/redis/connections.js';
import { sampleExperiment } from '../core/samples.js';
import { createTestLog } from '../redis/clients.js';
import { redisUrl } from '../setup/stores.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const bandit = { minWeight: 0.05, maxWeight: 0.9, smoothing: 0, minUnitsPerArm: 1, burnInSeconds: 0, explorationDecay: 0.1 };

const startedAt = new Date();

/** Faster than the API allows, for the sake of who waits. */
const tickMs = 250;

/** A running bandit with a tick each time; its evaluation comes a day from now. */
function fastBandit(id: string, changes: Partial<Experiment> = {}): Experiment {
  const evaluation = { schedule: 'every_86400s' };
  const settings = { ...bandit, intervalSeconds: tickMs / 1_000 };
  const experiment = sampleExperiment({ id, startedAt, ...changes }, { design: 'BANDIT', key: id, bandit: settings });
  return { ...experiment, definition: { ...experiment.definition, evaluation: { ...experiment.definition.evaluation, ...evaluation } } };
}

/** A log of what was done that can be waited for. */
function createDone() {
  const all: string[] = [];
  const waiting = new Set<() => void>();
  return {
    all,
    add(what: string) {
      all.push(what);
      for (const wake of waiting) wake();
    },
    async until(isReached: () => boolean) {
      while (!isReached()) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
        waiting.clear();
      }
    },
  };
}

async function worker(experiments: () => readonly Experiment[], parts: Partial<JobsParts> = {}, url?: string) {
  const address = url ?? (await redisUrl());
  const log = createTestLog();
  const connections = createRedisConnections({ cacheUrl: address, queueUrl: address, log });
  const connection = connections.openQueueClient();
  const done = createDone();
  const handlers = {
    bandit: async (id: string) => done.add(`bandit ${id}`),
    evaluation: async (id: string) => done.add(`evaluation ${id}`),
    maintenance: async () => done.add('maintenance'),
  };
  const jobs = createJobs({ connection, experiments, handlers, log, compareEveryMs: 100, ...parts });
  const queue = new Queue('bellwether', { connection, prefix: '{bellwether}' });
  closing.push(async () => {
    await jobs.stop();
    await queue.close();
    await connections.close();
  });
  const schedulers = async () => (await queue.getJobSchedulers(0, -1, true)).map(({ key }) => key).sort();
  return { jobs, done, queue, schedulers, connection, log, url: address };
}

test('a running bandit ticks at its interval and an experiment is evaluated by its schedule', async () => {
  const { jobs, done, queue, schedulers } = await worker(() => [
    fastBandit('a'),
    sampleExperiment({ id: 'b', status: 'DRY_RUN', startedAt: null }),
    sampleExperiment({ id: 'c', status: 'PAUSED' }),
    fastBandit('d', { banditHaltedAt: new Date() }),
  ]);
  jobs.start();
  await done.until(() => done.all.length >= 3);
  expect(done.all).toEqual(['bandit a', 'bandit a', 'bandit a']);
  await expect.poll(schedulers).toEqual(['bandit:a', 'evaluation:a', 'evaluation:b', 'evaluation:d', 'maintenance']);
  const [hourly] = (await queue.getJobSchedulers(0, -1, true)).filter(({ key }) => key === 'maintenance');
  expect(new Date(hourly?.next ?? 0).toISOString()).toMatch(/:00:00\.000Z$/);
});

test('two workers do each tick once', async () => {
  const running = [fastBandit('a'), fastBandit('b')];
  const one = await worker(() => running);
  const other = await worker(() => running, {}, one.url);
  one.jobs.start();
  other.jobs.start();
  const all = () => [...one.done.all, ...other.done.all];
  const began = performance.now();
  await Promise.race([one.done.until(() => all().length >= 8), other.done.until(() => all().length >= 8)]);
  const ticks = (performance.now() - began) / tickMs;
  for (const id of ['a', 'b']) {
    expect(all().filter((what) => what === `bandit ${id}`).length).toBeLessThanOrEqual(Math.ceil(ticks));
  }
  // Every run is a job of its own.
  const finished = await one.queue.getJobs(['completed', 'active']);
  const ids = finished.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('schedulers are made again after Redis has forgotten them, in the same phase', async () => {
  const began = new Date(Date.now() - 12_345);
  const { jobs, done, queue, connection } = await worker(() => [fastBandit('a', { startedAt: began })]);
  jobs.start();
  await done.until(() => done.all.length >= 1);
  await connection.flushdb();
  const before = done.all.length;
  await done.until(() => done.all.length >= before + 2);
  const [scheduler] = (await queue.getJobSchedulers(0, -1, true)).filter(({ key }) => key === 'bandit:a');
  expect(((scheduler?.next ?? 0) - began.getTime()) % tickMs).toBe(0);
});

test('a scheduler whose job was lost is made again', async () => {
  const { jobs, done, queue, connection } = await worker(() => [fastBandit('a')]);
  jobs.start();
  await done.until(() => done.all.length >= 1);
  // The scheduler still stands, long overdue, and its job is nowhere: as after a worker that died between the two.
  await jobs.stop();
  for (const job of await queue.getDelayed()) await connection.del(`{bellwether}:bellwether:${job.id}`);
  await connection.del('{bellwether}:bellwether:delayed', '{bellwether}:bellwether:marker');
  await connection.zadd('{bellwether}:bellwether:repeat', Date.now() - 60_000, 'bandit:a');
  const before = done.all.length;
  jobs.start();
  await done.until(() => done.all.length >= before + 2);
});

test('a scheduler whose job has ended without a next one is made again', async () => {
  const { jobs, done, queue, connection } = await worker(() => [fastBandit('a')]);
  jobs.start();
  await done.until(() => done.all.length >= 1);
  // A Redis that took over lacks the job that was made last, while the one before was ended there.
  await jobs.stop();
  const [ended] = (await queue.getCompleted()).filter(({ name }) => name === 'bandit');
  const at = Date.now() - 60_000;
  await connection.copy(`{bellwether}:bellwether:${ended?.id}`, `{bellwether}:bellwether:repeat:bandit:a:${at}`);
  for (const job of await queue.getDelayed()) await connection.del(`{bellwether}:bellwether:${job.id}`);
  await connection.del('{bellwether}:bellwether:delayed', '{bellwether}:bellwether:marker');
  await connection.zadd('{bellwether}:bellwether:repeat', at, 'bandit:a');
  const before = done.all.length;
  jobs.start();
  await done.until(() => done.all.length >= before + 2);
});

test('the scheduler of an experiment that no longer runs goes, and those of the others keep their phase', async () => {
  let running = [fastBandit('a'), fastBandit('b')];
  const { jobs, done, queue, schedulers } = await worker(() => running, { compareEveryMs: 3_600_000 });
  jobs.start();
  await done.until(() => done.all.includes('bandit a') && done.all.includes('bandit b'));
  const iterations = async () => (await queue.getJobScheduler('evaluation:a'))?.iterationCount;
  const before = [await iterations(), (await queue.getJobScheduler('evaluation:a'))?.next];
  running = running.slice(0, 1);
  for (let i = 0; i < 5; i += 1) jobs.sync();
  await expect.poll(schedulers).toEqual(['bandit:a', 'evaluation:a', 'maintenance']);
  expect([await iterations(), (await queue.getJobScheduler('evaluation:a'))?.next]).toEqual(before);
  const left = done.all.filter((what) => what === 'bandit b').length;
  const soon = done.all.length;
  await done.until(() => done.all.length >= soon + 2);
  expect(done.all.filter((what) => what === 'bandit b').length).toBe(left);
});

test('a changed interval takes effect, and nothing of the old one stays', async () => {
  let settings = { ...bandit, intervalSeconds: 3_600 };
  const experiment = fastBandit('a');
  const { jobs, done, queue } = await worker(() => [{ ...experiment, definition: { ...experiment.definition, bandit: settings } }]);
  jobs.start();
  await expect.poll(async () => (await queue.getJobScheduler('bandit:a'))?.every).toBe(3_600_000);
  settings = { ...bandit, intervalSeconds: tickMs / 1_000 };
  jobs.sync();
  await done.until(() => done.all.length >= 2);
  expect((await queue.getDelayed()).filter(({ name }) => name === 'bandit').length).toBeLessThanOrEqual(1);
});

test('a job that fails is logged and the next comes all the same; an unknown one is left out', async () => {
  let calls = 0;
  const failing = async () => {
    calls += 1;
    if (calls === 1) throw new Error('no such luck');
    failed.add('again');
  };
  const failed = createDone();
  const handlers = { bandit: failing, evaluation: failing, maintenance: failing };
  const { jobs, queue, log } = await worker(() => [fastBandit('a')], { handlers });
  jobs.start();
  await queue.add('of-the-future', {});
  await failed.until(() => failed.all.length >= 1);
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', fields: expect.objectContaining({ job: 'bandit' }) }));
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { job: 'of-the-future' } }));
});

test('stopping waits for the job under way', async () => {
  const begun = createDone();
  let finish = () => {};
  const handlers = {
    bandit: async () => {
      begun.add('begun');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      begun.add('ended');
    },
    evaluation: async () => {},
    maintenance: async () => {},
  };
  const { jobs } = await worker(() => [fastBandit('a')], { handlers });
  jobs.start();
  await begun.until(() => begun.all.length === 1);
  const stopped = jobs.stop().then(() => begun.add('stopped'));
  finish();
  await stopped;
  expect(begun.all).toEqual(['begun', 'ended', 'stopped']);
});

test('a start without Redis waits, and a stop without it does not', async () => {
  const log = createTestLog();
  const nowhere = 'redis://127.0.0.1:1';
  const connections = createRedisConnections({ cacheUrl: nowhere, queueUrl: nowhere, log });
  const handlers = { bandit: async () => {}, evaluation: async () => {}, maintenance: async () => {} };
  const jobs = createJobs({ connection: connections.openQueueClient(), experiments: () => [fastBandit('a')], handlers, log });
  jobs.start();
  await expect.poll(() => log.lines.length).toBeGreaterThan(0);
  const before = performance.now();
  await jobs.stop();
  await connections.close();
  expect(performance.now() - before).toBeLessThan(3_500);
});
