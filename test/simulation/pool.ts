import { Worker } from 'node:worker_threads';
import type { Part } from './schedule.js';
import type { Tally } from './study.js';

export interface PoolOptions {
  readonly seed: number;
  readonly threads: number;
  /** Told of each part that is done, in whatever order that happens. */
  readonly onDone: (part: Part, tally: Tally) => void;
}

/**
 * Simulates parts on several threads, beginning with the first; the tallies are the same with any number of them.
 *
 * @throws what a thread threw
 */
export async function simulateAll(parts: readonly Part[], { seed, threads, onDone }: PoolOptions): Promise<void> {
  const waiting = [...parts];
  const workers = Array.from({ length: Math.min(threads, parts.length) }, () => {
    return new Worker(new URL('./worker-start.mjs', import.meta.url), { workerData: { seed } });
  });
  const drain = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let current = waiting.shift();
      const next = () => (current ? worker.postMessage(current) : resolve());
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a thread ended with code ${code}`)));
      worker.on('message', (tally: Tally) => {
        if (!current) return;
        onDone(current, tally);
        current = waiting.shift();
        next();
      });
      next();
    });
  try {
    await Promise.all(workers.map(drain));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
