import { randomUUID } from 'node:crypto';
import { type Job, Queue, Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Experiment } from '../core/experiment.js';
import type { Log } from '../services/log.js';
import { type Traceparent, type Tracer, untraced } from '../services/tracer.js';
import type { QueueState } from '../telemetry/metrics/jobs.js';
import { dueAt, readQueueState } from './queue-state.js';
import { createReconciler, type JobData } from './reconciler.js';
import type { JobName } from './wanted-schedulers.js';

export interface JobsParts {
  /** A client of the queue server as BullMQ wants it; whoever opened it closes it after `stop`. */
  readonly connection: Redis | Cluster;
  /** Experiments as they are now; only those that run get jobs. */
  readonly experiments: () => readonly Experiment[];
  readonly handlers: JobHandlers;
  readonly log: Log;
  readonly tracer?: Tracer;
  /** Told of each job that begins, with how long ago it was due. */
  readonly onBegin?: (name: string, lateMs: number) => void;
  /** Time from one comparison of schedulers to the next; default 30,000. */
  readonly compareEveryMs?: number;
  /** Default the one of the service; tests take others. */
  readonly queueName?: string;
}

/** What the jobs do. A job may come twice, late, or for an experiment that no longer runs: handlers decide from the store of record. */
export interface JobHandlers {
  /** @param requestId of this run, as the log has it */
  bandit(experimentId: string, requestId: string): Promise<unknown>;
  evaluation(experimentId: string, requestId: string): Promise<unknown>;
  maintenance(): Promise<unknown>;
}

export interface Jobs {
  /** Begins; a Redis that is away is waited for in the background. */
  start(): void;
  /** Soon compares the schedulers with the experiments; to be called when one changes. @param experimentId which one: its jobs are linked to the place of the call */
  sync(experimentId?: string): void;
  /** What is in the queue; null while its server is away, and before the start. */
  state(): Promise<QueueState | null>;
  /** Ends within 3 s: jobs under way are waited for as long, then left to be done again by another worker. */
  stop(): Promise<void>;
}

/** The braces keep the queue's keys together on a Redis cluster. */
const prefix = '{bellwether}';
const stopTimeoutMs = 3_000;
const syncDelayMs = 200;

/** Jobs by the clock, shared by all workers over one queue: each comes once, to one of them. */
export function createJobs({
  connection,
  experiments,
  handlers,
  log,
  tracer = untraced,
  onBegin = () => {},
  compareEveryMs = 30_000,
  queueName = 'bellwether',
}: JobsParts): Jobs {
  /** Where experiments were changed last, as far as that is recorded. */
  const causes = new Map<string, Traceparent>();
  const requestIds = new WeakMap<Job, string>();
  const running = new Set<Promise<unknown>>();
  let stopParts: (() => Promise<void>) | null = null;
  let requestSync: (() => void) | null = null;
  let opened: Queue | null = null;

  async function handle(name: string, experimentId: unknown, requestId: string): Promise<void> {
    switch (name as JobName) {
      case 'bandit':
        return void (await handlers.bandit(String(experimentId), requestId));
      case 'evaluation':
        return void (await handlers.evaluation(String(experimentId), requestId));
      case 'maintenance':
        return void (await handlers.maintenance());
      default:
        // Of a newer release, while both are running.
        log.warn({ job: name }, 'An unknown job was left out.');
    }
  }

  function traced(job: Job): Promise<void> {
    const { name } = job;
    const requestId = randomUUID();
    requestIds.set(job, requestId);
    const { experimentId, cause } = job.data as JobData;
    onBegin(name, Date.now() - dueAt(job));
    return tracer.span(`job ${name}`, { kind: 'consumer', parent: {}, links: cause ? [cause] : [] }, (span) => {
      const experiment = span && experiments().find(({ id }) => id === experimentId);
      if (experiment) span.set('bellwether.experiment.key', experiment.definition.key);
      span?.set('bellwether.request.id', requestId);
      return handle(name, experimentId, requestId);
    });
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
    const blocking: (Redis | Cluster)[] = [];
    const queue = new Queue(queueName, { connection, prefix });
    opened = queue;
    const worker = new LeavableWorker(queueName, (job) => tracked(traced(job)), {
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
      const requestId = job && requestIds.get(job);
      log.error(
        { job: job?.name, experimentId: job?.data.experimentId, requestId, err: error },
        'A job failed; the next comes in its time.',
      );
    });

    const reconciler = createReconciler({
      queue,
      experiments,
      log,
      isReachable: () => connection.status === 'ready',
      causeOf: (experimentId) => causes.get(experimentId),
    });
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
      opened = null;
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
    sync(experimentId) {
      const here = tracer.here();
      if (experimentId !== undefined && here) causes.set(experimentId, here);
      requestSync?.();
    },
    async state() {
      return opened && connection.status === 'ready' ? readQueueState(opened) : null;
    },
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
function recordingDuplicates<Client extends Redis | Cluster>(client: Client, copies: (Redis | Cluster)[]): Client {
  const duplicate = client.duplicate.bind(client) as (...given: unknown[]) => Client;
  return Object.assign(client, {
    duplicate(...given: unknown[]): Client {
      const copy = duplicate(...given);
      copies.push(copy);
      return copy;
    },
  });
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
