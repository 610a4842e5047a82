import { assignment } from './assignment.js';
import type { Bench } from './bench.js';
import { disk } from './disk.js';
import { evaluation } from './evaluation.js';
import { events } from './events.js';
import { instances } from './instances.js';
import { live } from './live.js';
import { start } from './start.js';

/** All benchmarks, in the order in which they run. */
export const benches: readonly Bench[] = [assignment, events, evaluation, live, start, disk, instances];
