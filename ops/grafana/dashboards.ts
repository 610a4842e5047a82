import type { Dashboard } from './dashboard.js';
import { experiments } from './experiments.js';
import { ingest } from './ingest.js';
import { jobs } from './jobs.js';
import { service } from './service.js';

/** All of them, in the order in which they are looked at. */
export const dashboards: readonly Dashboard[] = [service, experiments, ingest, jobs];
