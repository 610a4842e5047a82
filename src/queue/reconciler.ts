import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Experiment } from '../core/experiment.js';
import type { Log } from '../services/log.js';
import type { Traceparent } from '../services/tracer.js';
import { type WantedScheduler, wantedSchedulers } from './wanted-schedulers.js';

export interface Reconciler {
  /** Makes the queue's schedulers those that are wanted; while it is under way, asks for another round. */
  run(): void;
  /** Begins no further round and waits for the one under way. */
  stop(): Promise<void>;
}

export interface ReconcilerParts {
  readonly queue: Queue;
  readonly experiments: () => readonly Experiment[];
  readonly log: Log;
  /** Whether the queue can be asked; when not, a round is left out. */
  readonly isReachable: () => boolean;
  /** Where an experiment was changed last, for its jobs to be linked to. */
  readonly causeOf: (experimentId: string) => Traceparent | undefined;
}

/** What a job carries. */
export interface JobData {
  /** Absent for a job of the service itself. */
  readonly experimentId?: string;
  /** Where it was asked for, as far as that is recorded. */
  readonly cause?: Traceparent | undefined;
}

/** How long a run may be overdue before its job is looked for. */
const overdueMs = 20_000;
/** Finished jobs are kept for a look at what happened, not for a record. */
const keptJobs = { count: 100, age: 3_600 };

/** Keeps the queue's job schedulers equal to what the experiments ask for. Redis may forget them at any time; nothing else knows them by heart. */
export function createReconciler({ queue, experiments, log, isReachable, causeOf }: ReconcilerParts): Reconciler {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  async function reconcile(): Promise<void> {
    const wanted = new Map(wantedSchedulers(experiments()).map((scheduler) => [scheduler.id, scheduler]));
    const present = new Map((await queue.getJobSchedulers(0, -1, true)).map((scheduler) => [scheduler.key, scheduler]));
    for (const id of present.keys()) if (!wanted.has(id)) await attempt(id, () => queue.removeJobScheduler(id));
    for (const scheduler of wanted.values()) {
      const there = present.get(scheduler.id);
      // Made again, an unchanged one would lose what is due.
      if (there && isAlike(there, scheduler) && (await isAlive(there))) continue;
      await attempt(scheduler.id, () => make(scheduler));
    }
  }

  /**
   * Whether the next job is to come; asked only when it is overdue. A scheduler makes a job when the one before begins, so one that was lost is the
   * last; so is one that has ended while the scheduler still waits for it, as after a failover that lost what was made last.
   */
  async function isAlive({ key, next = 0 }: JobSchedulerJson): Promise<boolean> {
    if (next > Date.now() - overdueMs) return true;
    const job = await queue.getJob(`repeat:${key}:${next}`);
    return job !== undefined && job.finishedOn === undefined;
  }

  async function make({ id, name, experimentId, repeat }: WantedScheduler): Promise<void> {
    // Another pattern makes another job id: the old scheduler's next job would stay beside it.
    await queue.removeJobScheduler(id);
    const data: JobData = experimentId === null ? {} : { experimentId, cause: causeOf(experimentId) };
    await queue.upsertJobScheduler(id, { ...repeat }, { name, data, opts: { removeOnComplete: keptJobs, removeOnFail: keptJobs } });
  }

  /** One scheduler that cannot be made must not keep the others from being made. */
  async function attempt(id: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ scheduler: id, err: error }, 'A job scheduler could not be set; it is tried again.');
    }
  }

  async function rounds(): Promise<void> {
    do {
      again = false;
      try {
        if (isReachable()) await reconcile();
      } catch (error) {
        log.warn({ err: error }, 'Job schedulers could not be compared; they will be again.');
      }
    } while (again && !stopped);
    running = null;
  }

  return {
    run() {
      if (stopped) return;
      if (running) again = true;
      // In a turn of its own: a round that is left out must not end before it is noted.
      else running = Promise.resolve().then(rounds);
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

function isAlike(present: JobSchedulerJson, { repeat }: WantedScheduler): boolean {
  return 'every' in repeat
    ? present.every === repeat.every && present.offset === repeat.offset
    : present.pattern === repeat.pattern && present.tz === repeat.tz;
}
