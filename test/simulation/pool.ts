import { Worker } from 'node:worker_threads';
import type { Part } from './schedule.js';
import type { Tally } from './study.js';

/**
 * Simulates parts on several threads; the result is the same with any number of them.
 *
 * @param onDone  told of each part that is done
 * @returns tallies in the order of the parts
 * @throws what a thread threw
 */
export async function simulateAll(
  parts: readonly Part[],
  { seed, threads, onDone }: { readonly seed: number; readonly threads: number; readonly onDone: (part: Part) => void },
): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  // The heaviest first, so that no thread is left alone with one at the end.
  const order = parts.map((part, place) => ({ part, place })).toSorted((a, b) => b.part.effort - a.part.effort);
  const workers = Array.from({ length: Math.min(threads, parts.length) }, () => {
    return new Worker(new URL('./worker-start.mjs', import.meta.url), { workerData: { seed } });
  });
  const drain = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let current = order.shift();
      const next = () => (current ? worker.postMessage(current.part) : resolve());
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a thread ended with code ${code}`)));
      worker.on('message', (tally: Tally) => {
        if (!current) return;
        tallies[current.place] = tally;
        onDone(current.part);
        current = order.shift();
        next();
      });
      next();
    });
  try {
    await Promise.all(workers.map(drain));
    return tallies;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
