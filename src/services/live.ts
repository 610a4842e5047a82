import { refusal } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import type { ExperimentUpdateKind } from '../core/live.js';
import { createLiveCounts } from './live-counts.js';
import { createLiveExperiments, type ExperimentUpdate } from './live-experiments.js';
import { createHistories } from './live-histories.js';
import type { Log } from './log.js';
import type { Announcement, Clock } from './ports.js';
import type { Reads } from './reads.js';
import type { AlertRecord, AllocationRecord, CountsRecord, EvaluationRecord } from './records.js';

export type { ExperimentUpdate } from './live-experiments.js';

export interface LiveParts {
  readonly reads: Pick<
    Reads,
    'allocationsAfter' | 'latestEvaluation' | 'evaluationsAfter' | 'alertsAfter' | 'openAlerts' | 'alertSequence' | 'counts'
  >;
  /** All experiments, as this instance knows them. */
  readonly registry: ExperimentsInMemory;
  readonly clock: Clock;
  readonly log: Log;
  /** Time from one reading of counts to the next, and least time from one message about an experiment to the next; default 1,000. */
  readonly periodMs?: number;
  /** Time after which the histories look for what announcements missed; default 3,000. */
  readonly lookAgainMs?: number;
}

export interface ExperimentsInMemory {
  byKey(key: string): Experiment | undefined;
  byId(id: string): Experiment | undefined;
}

/**
 * The streams behind subscriptions, and the inlets that feed them.
 *
 * Every stream frees what it holds when it completes, fails or is returned; whoever opens one must iterate it or return it.
 * A store that is away makes streams wait; it neither ends nor fails them.
 */
export interface Live {
  /**
   * Allocations of an experiment in order of version, see {@link createHistories}.
   *
   * @param after version that the client has; null: begin with the present one
   * @throws EXPERIMENT_NOT_FOUND
   */
  weights(experimentKey: string, after: number | null): AsyncIterableIterator<AllocationRecord>;
  /** Evaluations of an experiment in order of sequence; completes after the final one. @throws EXPERIMENT_NOT_FOUND */
  results(experimentKey: string, after: number | null): AsyncIterableIterator<EvaluationRecord>;
  /** Alerts raised and resolved, of one experiment or of all, in order of sequence; begins with the open ones. @throws EXPERIMENT_NOT_FOUND */
  alerts(experimentKey: string | null, after: number | null): AsyncIterableIterator<AlertRecord>;
  /**
   * Changes of experiments, the newest only, at most one a period for each.
   *
   * @param keys begins with these as they are and completes when the last of them is archived or gone; null: what changes of any from now on
   * @throws EXPERIMENT_NOT_FOUND
   */
  experiments(keys: readonly string[] | null): AsyncIterableIterator<ExperimentUpdate>;
  /** Counts of experiments: the present ones, then those that changed; completes when the last is archived or gone. @throws EXPERIMENT_NOT_FOUND */
  counts(keys: readonly string[]): AsyncIterableIterator<CountsRecord>;

  /** An experiment changed here or was found changed; before null: it is new to this instance, after null: it is gone. */
  experimentChanged(before: Experiment | null, after: Experiment | null, kind: ExperimentUpdateKind): void;
  /** An allocation was committed here. */
  allocated(allocation: AllocationRecord): void;
  /** An evaluation was committed here. */
  evaluated(evaluation: EvaluationRecord): void;
  /** An alert was raised or resolved here. */
  alerted(alert: AlertRecord): void;
  /** Another instance announced something. */
  hint(announcement: Announcement): void;
  /** Announcements may have been missed: look now. */
  lookAgain(): void;
  /** Completes all streams; those opened later complete at once. */
  stop(): void;
}

/** Makes the streams of one instance. */
export function createLive({ reads, registry, clock, log, periodMs = 1_000, lookAgainMs = 3_000 }: LiveParts): Live {
  const experiments = createLiveExperiments({ registry, clock, periodMs });
  const counts = createLiveCounts({ reads, registry, log, periodMs });
  const histories = createHistories({
    reads,
    registry,
    log,
    lookAgainMs,
    onAlert: (alert) => experiments.touched(alert.experimentId, 'CHANGED'),
  });
  // Alerts are part of what lists show: while any is watched, the alerts are followed.
  experiments.whileWatched(histories.followAlerts);

  function known(key: string): Experiment {
    const experiment = registry.byKey(key);
    if (!experiment) throw refusal('EXPERIMENT_NOT_FOUND', `There is no experiment "${key}".`, ['experimentKey'], key);
    return experiment;
  }

  function allKnown(keys: readonly string[]): Experiment[] {
    return [...new Set(keys)].map((key) => {
      const experiment = registry.byKey(key);
      if (!experiment) throw refusal('EXPERIMENT_NOT_FOUND', `There is no experiment "${key}".`, ['experimentKeys'], key);
      return experiment;
    });
  }

  return {
    weights: (experimentKey, after) => histories.weights(known(experimentKey), after),
    results: (experimentKey, after) => histories.results(known(experimentKey), after),
    alerts: (experimentKey, after) => histories.alerts(experimentKey === null ? null : known(experimentKey), after),
    experiments: (keys) => experiments.open(keys === null ? null : allKnown(keys)),
    counts: (keys) => counts.open(allKnown(keys)),

    experimentChanged(before, after, kind) {
      experiments.changed(before, after, kind);
      const id = after?.id ?? before?.id;
      if (id !== undefined) histories.experimentChanged(id);
    },
    allocated: histories.allocated,
    evaluated(evaluation) {
      histories.evaluated(evaluation);
      experiments.touched(evaluation.experimentId, 'EVALUATED', evaluation.at);
    },
    alerted(alert) {
      histories.alerted(alert);
      experiments.touched(alert.experimentId, 'CHANGED');
    },
    hint(announcement) {
      histories.hint(announcement);
      if (announcement.kind === 'evaluation') experiments.touched(announcement.id, 'EVALUATED');
    },
    lookAgain: histories.lookAgain,
    stop() {
      histories.stop();
      experiments.stop();
      counts.stop();
    },
  };
}
