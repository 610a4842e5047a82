import type { Job, Queue } from 'bullmq';
import type { QueueState } from '../telemetry/metrics/jobs.js';

/** When a job was to run: of one that a scheduler made, its id ends with that time, which it keeps when it is put off. */
export function dueAt({ id, timestamp, opts }: Pick<Job, 'id' | 'timestamp' | 'opts'>): number {
  const [, at] = /^repeat:.*:(\d+)$/.exec(id ?? '') ?? [];
  return at === undefined ? timestamp + (opts.delay ?? 0) : Number(at);
}

/** Reads it; a job counts as waiting from when it was due, whether or not a worker has been there to note that. */
export async function readQueueState(queue: Queue, now = Date.now()): Promise<QueueState> {
  const [counts, oldest, next] = await Promise.all([
    queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['delayed'], 0, 0, true),
  ]);
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
  // A job that has just been taken leaves a gap in the list.
  const dues = [...oldest, ...next].flatMap((job) => (job ? [dueAt(job)] : []));
  return { waiting, active, delayed, failed, oldestDueMs: Math.max(0, now - Math.min(now, ...dues)) };
}
