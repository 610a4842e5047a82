import type { Experiment } from '../core/experiment.js';
import type { ExperimentUpdateKind } from '../core/live.js';
import type { ExperimentsInMemory } from './live.js';
import { createLatest } from './live-latest.js';
import type { Clock } from './ports.js';

/** That an experiment has changed, with what it is now. */
export interface ExperimentUpdate {
  readonly experimentKey: string;
  readonly kind: ExperimentUpdateKind;
  readonly at: Date;
  /** Null when it is gone. */
  readonly experiment: Experiment | null;
  /** Id of the experiment that is gone, else null. */
  readonly deletedId: string | null;
}

interface Parts {
  readonly registry: ExperimentsInMemory;
  readonly clock: Clock;
  readonly periodMs: number;
}

/** Whether nothing more is to be expected of an experiment. */
export function isOver(experiment: Experiment | null | undefined): boolean {
  return !experiment || experiment.status === 'ARCHIVED';
}

/** Streams of what changed, for lists and pages. */
export function createLiveExperiments({ registry, clock, periodMs }: Parts) {
  let follow: () => () => void = () => () => {};
  let unfollow: (() => void) | null = null;
  const latest = createLatest<ExperimentUpdate>({
    periodMs,
    onSubscribers(number) {
      if (number > 0) unfollow ??= follow();
      else {
        unfollow?.();
        unfollow = null;
      }
    },
  });

  const present = (experiment: Experiment): ExperimentUpdate => ({
    experimentKey: experiment.definition.key,
    kind: 'CHANGED',
    at: experiment.updatedAt,
    experiment,
    deletedId: null,
  });

  return {
    open(experiments: readonly Experiment[] | null): AsyncIterableIterator<ExperimentUpdate> {
      const stream = latest.open(experiments === null ? null : experiments.map(({ id }) => id));
      for (const experiment of experiments ?? []) {
        stream.put(experiment.id, present(experiment));
        if (isOver(experiment)) stream.finish(experiment.id);
      }
      return stream;
    },

    changed(before: Experiment | null, after: Experiment | null, kind: ExperimentUpdateKind): void {
      const experiment = after ?? before;
      if (!experiment) return;
      const { id, definition } = experiment;
      latest.put(
        id,
        after
          ? { ...present(after), kind }
          : { experimentKey: definition.key, kind: 'DELETED', at: clock.now(), experiment: null, deletedId: id },
      );
      if (isOver(after)) latest.finish(id);
    },

    /** Something of it changed that is not part of its definition and state. */
    touched(id: string, kind: ExperimentUpdateKind, at: Date = clock.now()): void {
      const experiment = registry.byId(id);
      if (experiment) latest.put(id, { ...present(experiment), kind, at });
    },

    /** Calls the function while there is at least one stream, and what it returns when there is none any more. */
    whileWatched(start: () => () => void): void {
      follow = start;
    },

    stop: latest.stop,
  };
}
