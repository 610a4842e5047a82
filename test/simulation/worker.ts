/** A thread that simulates the parts it is sent, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Part, simulatePart } from './schedule.js';
import { studies } from './studies.js';

const { seed } = workerData as { readonly seed: number };

parentPort?.on('message', (part: Part) => {
  parentPort?.postMessage(simulatePart(studies, part, seed));
});
