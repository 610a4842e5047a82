import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Experiment } from '../core/experiment.js';
import type { Log } from '../services/log.js';
import { createReconciler } from './reconciler.js';
import type { JobName } from './wanted-schedulers.js';

export interface JobsParts {
  /** A client of the queue server as BullMQ wants it; whoever opened it closes it after `stop`. */
  readonly connection: Redis;
  /** Experiments as they are now; only those that run get jobs. */
  readonly experiments: () => readonly Experiment[];
  readonly handlers: JobHandlers;
  readonly log: Log;
  /** Time from one comparison of schedulers to the next; default 30,000. */
  readonly compareEveryMs?: number;
  /** Default the one of the service; tests take others. */
  readonly queueName?: string;
}

/** What the jobs do. A job may come twice, late, or for an experiment that no longer runs: handlers decide from the store of record. */
export interface JobHandlers {
  bandit(experimentId: string): Promise<unknown>;
  evaluation(experimentId: string): Promise<unknown>;
  maintenance(): Promise<unknown>;
}

export interface Jobs {
  /** Begins; a Redis that is away is waited for in the background. */
  start(): void;
  /** Soon compares the schedulers with the experiments; to be called when one changes. */
  sync(): void;
  /** Ends within 3 s: jobs under way are waited for as long, then left to be done again by another worker. */
  stop(): Promise<void>;
}

/** The braces keep the queue's keys together on a Redis cluster. */
const prefix = '{bellwether}';
const stopTimeoutMs = 3_000;
const syncDelayMs = 200;

/** Jobs by the clock, shared by all workers over one queue: each comes once, to one of them. */
export function createJobs({ connection, experiments, handlers, log, compareEveryMs = 30_000, queueName = 'bellwether' }: JobsParts): Jobs {
  const running = new Set<Promise<unknown>>();
  let stopParts: (() => Promise<void>) | null = null;
  let requestSync: (() => void) | null = null;

  async function handle(name: string, experimentId: unknown): Promise<void> {
    switch (name as JobName) {
      case 'bandit':
        return void (await handlers.bandit(String(experimentId)));
      case 'evaluation':
        return void (await handlers.evaluation(String(experimentId)));
      case 'maintenance':
        return void (await handlers.maintenance());
      default:
        // Of a newer release, while both are running.
        log.warn({ job: name }, 'An unknown job was left out.');
    }
  }

  async function tracked(work: Promise<void>): Promise<void> {
    running.add(work);
    try {
      await work;
    } finally {
      running.delete(work);
    }
  }

  function start(): void {
    if (stopParts) return;
    const blocking: Redis[] = [];
    const queue = new Queue(queueName, { connection, prefix });
    const worker = new LeavableWorker(queueName, (job) => tracked(handle(job.name, job.data.experimentId)), {
      connection: recordingDuplicates(connection, blocking),
      prefix,
      concurrency: 8,
      // What a killed worker had in hand is taken up after seconds; the defaults would lose a tick for a minute.
      lockDuration: 10_000,
      stalledInterval: 5_000,
      runRetryDelay: 1_000,
    });
    // The client's own listener says that Redis is away; what is left is said once until it is back.
    let lastFault = '';
    const onError = (error: Error) => {
      if (connection.status === 'ready' && error.message !== lastFault) log.warn({ err: error }, 'The queue reports a fault.');
      lastFault = error.message;
    };
    queue.on('error', onError);
    worker.on('error', onError);
    worker.on('failed', (job, error) => {
      log.error({ job: job?.name, experimentId: job?.data.experimentId, err: error }, 'A job failed; the next comes in its time.');
    });

    const reconciler = createReconciler({ queue, experiments, log, isReachable: () => connection.status === 'ready' });
    const interval = setInterval(reconciler.run, compareEveryMs);
    let delay: NodeJS.Timeout | null = null;
    requestSync = () => {
      delay ??= setTimeout(() => {
        delay = null;
        reconciler.run();
      }, syncDelayMs);
    };
    const onReady = () => {
      lastFault = '';
      reconciler.run();
    };
    connection.on('ready', onReady);
    reconciler.run();

    stopParts = async () => {
      requestSync = null;
      clearInterval(interval);
      if (delay) clearTimeout(delay);
      connection.off('ready', onReady);
      // BullMQ waits for an answer of Redis for ever, so its own end is not waited for longer than ours.
      const end = async () => {
        await Promise.all([worker.close(), reconciler.stop()]);
        await queue.close();
      };
      const jobsEnd = Promise.allSettled([...running]);
      await within(stopTimeoutMs, connection.status === 'ready' ? end() : Promise.all([jobsEnd, within(100, end())]));
      await worker.leave();
      for (const client of blocking) client.disconnect();
    };
  }

  return {
    start,
    sync: () => requestSync?.(),
    async stop() {
      const stopping = stopParts;
      stopParts = null;
      await stopping?.();
    },
  };
}

/** A worker that leaves no timer behind even when its own end did not come. */
class LeavableWorker extends Worker {
  async leave(): Promise<void> {
    await this.lockManager.close();
  }
}

/** The client, whose copies are also put into the list: a worker makes one to block on, and when Redis is away does not let go of it. */
function recordingDuplicates(client: Redis, copies: Redis[]): Redis {
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (override) => {
    const copy = duplicate(override);
    copies.push(copy);
    return copy;
  };
  return client;
}

/** Resolves when the work has ended, well or not, or the time has passed. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([
    work.then(
      () => {},
      () => {},
    ),
    late,
  ]);
  clearTimeout(timer);
}
