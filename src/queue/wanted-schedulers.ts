import type { Experiment } from '../core/experiment.js';
import { type Schedule, scheduleOf } from '../schedule/schedules.js';

/** Jobs by their name; those about an experiment carry its id. */
export const jobNames = ['bandit', 'evaluation', 'maintenance'] as const;
export type JobName = (typeof jobNames)[number];

/** A job scheduler as it should be. */
export interface WantedScheduler {
  /** `<name>:<experiment id>`, or the name alone. */
  readonly id: string;
  readonly name: JobName;
  readonly experimentId: string | null;
  /** For `every`: runs come at whole multiples plus this many milliseconds, never 0. */
  readonly repeat: { readonly every: number; readonly offset: number } | { readonly pattern: string; readonly tz: 'UTC' };
}

/** Schedulers of the experiments that run, and the one of the service itself. */
export function wantedSchedulers(experiments: readonly Experiment[]): WantedScheduler[] {
  return [
    { id: 'maintenance', name: 'maintenance', experimentId: null, repeat: { pattern: '0 0 * * * *', tz: 'UTC' } },
    ...experiments.flatMap(schedulersOf),
  ];
}

function schedulersOf(experiment: Experiment): WantedScheduler[] {
  const { id, status, definition, banditHaltedAt } = experiment;
  if (status !== 'RUNNING' && status !== 'DRY_RUN') return [];
  const wanted = (name: JobName, schedule: Schedule): WantedScheduler => ({
    id: `${name}:${id}`,
    name,
    experimentId: id,
    repeat: 'every' in schedule ? { every: schedule.every, offset: phaseOf(experiment, schedule.every) } : { ...schedule, tz: 'UTC' },
  });
  const schedulers = [wanted('evaluation', scheduleOf(definition.evaluation.schedule))];
  if (definition.design === 'BANDIT' && definition.bandit && status === 'RUNNING' && banditHaltedAt === null) {
    schedulers.push(wanted('bandit', { every: definition.bandit.intervalSeconds * 1_000 }));
  }
  return schedulers;
}

/**
 * Runs are counted from the start of the experiment. The phase follows from what is stored and not from when the scheduler was made,
 * so that a scheduler made again, by whom- and whenever, has neither a run too many nor one too few.
 */
function phaseOf({ startedAt, createdAt }: Experiment, every: number): number {
  // BullMQ takes 0 for "now".
  return (startedAt ?? createdAt).getTime() % every || every;
}
