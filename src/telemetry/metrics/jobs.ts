import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { createCounter, createHistogram, lazily } from './tally.js';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface JobMeter {
  /** A run of a job or of a recurring round ended. @param milliseconds that it took */
  ran(job: string, outcome: 'done' | 'failed', milliseconds: number): void;
}

/** What only instances with jobs tell. */
export interface QueueMeter {
  /** A job of the queue began. @param milliseconds since it was due */
  began(job: string, milliseconds: number): void;
  /** A tick of a bandit came to something. */
  ticked(outcome: string): void;
}

/** What goes by the clock. */
export function createJobMeter(registry: Registry): JobMeter {
  const duration = createHistogram(registry, {
    name: 'bellwether_job_duration_seconds',
    help: 'Runs of jobs and of recurring rounds.',
    buckets: seconds,
  });
  const lastDone = new Map<string, number>();
  createGauge(registry, {
    name: 'bellwether_job_last_done_timestamp_seconds',
    help: 'When this instance last did the job without a fault.',
    over: 'max',
    read: () => [...lastDone].map(([job, at]) => [{ task: job }, at] as const),
  });
  const runs = lazily((job) => ({ done: duration({ task: job, outcome: 'done' }), failed: duration({ task: job, outcome: 'failed' }) }));

  return {
    ran(job, outcome, milliseconds) {
      runs(job)[outcome](milliseconds / 1_000);
      if (outcome === 'done') lastDone.set(job, Date.now() / 1_000);
    },
  };
}

/** Jobs of the queue, and what came of them. */
export function createQueueMeter(registry: Registry): QueueMeter {
  const lag = createHistogram(registry, {
    name: 'bellwether_job_lag_seconds',
    help: 'From when a job of the queue was due to its beginning.',
    buckets: seconds,
  });
  const ticks = createCounter(registry, { name: 'bellwether_bandit_ticks_total', help: 'Ticks of bandits, by what they came to.' });
  const lags = lazily((job) => lag({ task: job }));
  const ticksOf = lazily((outcome) => ticks({ outcome }));

  return {
    began: (job, milliseconds) => lags(job)(Math.max(0, milliseconds) / 1_000),
    ticked: (outcome) => ticksOf(outcome).add(1),
  };
}

/** The queue as people look at it. */
export interface QueueState {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Those of the last hour. */
  readonly failed: number;
  /** How long the oldest job that is due has waited; 0: none waits. */
  readonly oldestDueMs: number;
}

/** @param read null while the queue's server is away */
export function watchQueue(registry: Registry, read: () => Promise<QueueState | null>): void {
  createGauge(registry, {
    name: 'bellwether_queue_jobs',
    help: 'Jobs in the queue.',
    over: 'max',
    async read() {
      const queue = await read();
      if (!queue) return null;
      const { oldestDueMs: _, ...counts } = queue;
      return Object.entries(counts).map(([state, count]) => [{ state }, count] as const);
    },
  });
  createGauge(registry, {
    name: 'bellwether_queue_oldest_due_seconds',
    help: 'How long the oldest job that is due has waited.',
    over: 'max',
    async read() {
      const queue = await read();
      return queue && queue.oldestDueMs / 1_000;
    },
  });
}
