import { Registry } from 'prom-client';
import type { Experiment } from '../../core/experiment.js';
import type { RateScore } from '../../core/health-score.js';
import { createCommitMeter, createEventMeter, watchWaiting } from './events.js';
import { createExperimentLabels } from './experiment-labels.js';
import { createExperimentMeter, watchStatuses } from './experiments.js';
import { createJobMeter, createQueueMeter, type QueueState, watchQueue } from './jobs.js';
import { watchPartitions } from './partitions.js';
import { watchProcess } from './process.js';
import { createReading } from './reading.js';
import { createAssignmentMeter, createRequestMeter } from './requests.js';
import { type RunningExperimentsParts, watchRunningExperiments } from './running-experiments.js';
import { createSocketMeter } from './sockets.js';
import { type StoresParts, watchStores } from './stores.js';
import { type WebhookBacklog, watchWebhooks } from './webhooks.js';

export interface MetricsParts {
  readonly version: string;
  readonly role: 'all' | 'api' | 'worker';
  /** The experiments that this instance knows. */
  readonly experiments: { all(): readonly Experiment[]; changes(): number };
}

/** What instances that run jobs read from the stores. */
export interface JobReadings extends Omit<RunningExperimentsParts, 'labels' | 'all'> {
  /** Null while the queue's server is away. */
  readonly queue: () => Promise<QueueState | null>;
  /** How many hours from now on have a partition, without a gap, by table. */
  readonly hoursAhead: () => Promise<ReadonlyMap<string, number>>;
  readonly webhooks: () => Promise<readonly WebhookBacklog[]>;
}

/** A metric with its values, as one process hands it to another. */
export type MetricSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The metrics of one process, see docs/metrics.md: an object of functions for each subject, to be called where things happen, and readers of
 * what there is to be seen. Everything else is done when metrics are asked for.
 */
export function createMetrics({ version, role, experiments }: MetricsParts) {
  const registry = new Registry();
  const labels = createExperimentLabels(experiments);
  const unwatch = watchProcess(registry, { version, role });
  watchStatuses(registry, experiments.all);
  let running: ReturnType<typeof watchRunningExperiments> | null = null;

  return {
    requests: createRequestMeter(registry),
    assignments: createAssignmentMeter(registry),
    events: createEventMeter(registry),
    commits: createCommitMeter(registry),
    jobs: createJobMeter(registry),
    queue: role === 'api' ? null : createQueueMeter(registry),
    sockets: createSocketMeter(registry),
    experiments: createExperimentMeter(registry, labels),

    /** To be called once there are stores to look at. @param waitingEvents that wait for a transaction now */
    watchStores({ waitingEvents, ...parts }: StoresParts & { readonly waitingEvents: () => number }): void {
      watchStores(registry, parts);
      watchWaiting(registry, waitingEvents);
    },
    /** To be called where jobs run. */
    watchJobs({ queue, hoursAhead, webhooks, ...parts }: JobReadings): void {
      watchQueue(registry, createReading(queue));
      watchPartitions(registry, hoursAhead);
      watchWebhooks(registry, webhooks);
      running = watchRunningExperiments(registry, { labels, all: experiments.all, ...parts });
    },
    /** What is served has changed. */
    experimentChanged: (before: Experiment | null, after: Experiment | null): void => running?.changed(before, after),
    /** A bandit has looked at its rates. */
    scored: (experiment: Experiment, scores: readonly RateScore[]): void => running?.scored(experiment, scores),

    /** In the text format of Prometheus. */
    text: (): Promise<string> => registry.metrics(),
    /** For another process that puts those of several together. */
    snapshot: (): Promise<MetricSnapshot[]> => registry.getMetricsAsJSON() as Promise<MetricSnapshot[]>,
    stop: unwatch,
  };
}
