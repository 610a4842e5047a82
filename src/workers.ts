/**
 * Several API processes on one port: the first process takes connections and hands them round, the others serve.
 *
 * A worker is starting, serving, or gone. One that goes by itself is replaced, the sooner the longer it served; when one goes before all
 * have ever served, the start has failed. Workers end with the first process, however that ends.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';

export interface WorkersOptions {
  /** 2 or more. */
  readonly count: number;
  /** What each worker runs, and with which arguments. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Takes each that begins. @returns is called when that one has gone */
  readonly onBegin: (worker: Worker) => () => unknown;
  readonly log: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** Whether this process is one of the workers. */
export const isWorker = cluster.isWorker;

const shortestPauseMs = 100;
const longestPauseMs = 5_000;

export function createWorkers({ count, entry, args, onBegin, log }: WorkersOptions) {
  cluster.setupPrimary({ exec: entry, args: [...args] });
  const running = new Set<Worker>();
  const pauses = new Set<NodeJS.Timeout>();
  let isStopping = false;
  let pauseMs = shortestPauseMs;

  /** Resolves once it serves. @throws when it ends before */
  async function begin(): Promise<void> {
    const worker = cluster.fork();
    const { pid } = worker.process;
    running.add(worker);
    worker.once('exit', onBegin(worker));
    const ended = once(worker, 'exit').then(([code, signal]) => {
      running.delete(worker);
      throw new Error(`The worker ${pid} ended (${signal ?? code}).`);
    });
    await Promise.race([once(worker, 'listening'), ended]);
    pauseMs = shortestPauseMs;
    log.info({ worker: pid }, 'A worker serves');
    ended.catch((error: unknown) => replace(error));
  }

  function replace(error: unknown): void {
    if (isStopping) return;
    log.error({ err: error }, 'A worker is gone; another takes its place');
    const pause = setTimeout(() => {
      pauses.delete(pause);
      begin().catch(replace);
    }, pauseMs);
    pauses.add(pause);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    isStopping = true;
    for (const pause of pauses) clearTimeout(pause);
    const gone = [...running].map((worker) => once(worker, 'exit'));
    for (const worker of running) worker.process.kill(signal);
    await Promise.all(gone);
  }

  return {
    /** Resolves once all serve. @throws when one ends before */
    async start(): Promise<void> {
      await Promise.all(Array.from({ length: count }, begin));
      log.info({ workers: count }, 'All workers serve');
    },
    /** Lets all finish what is under way. */
    stop: () => end('SIGTERM'),
    /** For an exit that cannot wait. */
    kill: () => void end('SIGKILL'),
  };
}
