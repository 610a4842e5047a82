import { isMetered } from '../core/evaluation-look.js';
import type { Experiment } from '../core/experiment.js';
import type { Sweeps, TickKind } from './ports.js';
import type { Registry } from './registry.js';

/** What a running experiment is to get by the clock. */
export interface ScheduledTurn {
  readonly experiment: Experiment;
  readonly job: TickKind;
  /** Longest time from one to the next. */
  readonly periodMs: number;
  /** When it last came; when the experiment last changed, where that is later. */
  readonly lastAt: Date;
}

export interface ScheduledTurnsParts {
  readonly sweeps: Pick<Sweeps, 'ticks'>;
  readonly registry: Pick<Registry, 'all'>;
  /** Longest gap between two scheduled evaluations. */
  readonly evaluationPeriodMs: (schedule: string) => number;
}

/** @returns reads the turns of all running experiments. @throws UNAVAILABLE */
export function createScheduledTurns({ sweeps, registry, evaluationPeriodMs }: ScheduledTurnsParts) {
  function jobsOf({ definition, banditHaltedAt, looksUsed }: Experiment): { readonly job: TickKind; readonly periodMs: number }[] {
    const { evaluation, bandit } = definition;
    const looksLeft = !isMetered(evaluation.method) || looksUsed < evaluation.maxPeeks;
    return [
      ...(bandit && !banditHaltedAt ? [{ job: 'bandit' as const, periodMs: bandit.intervalSeconds * 1_000 }] : []),
      ...(looksLeft ? [{ job: 'evaluation' as const, periodMs: evaluationPeriodMs(evaluation.schedule) }] : []),
    ];
  }

  return async function turns(): Promise<readonly ScheduledTurn[]> {
    const ticks = new Map((await sweeps.ticks()).map(({ experimentId, kind, at }) => [`${experimentId} ${kind}`, at.getTime()]));
    return registry
      .all()
      .filter(({ status }) => status === 'RUNNING')
      .flatMap((experiment) =>
        jobsOf(experiment).map(({ job, periodMs }) => {
          const lastAt = new Date(Math.max(ticks.get(`${experiment.id} ${job}`) ?? 0, experiment.updatedAt.getTime()));
          return { experiment, job, periodMs, lastAt };
        }),
      );
  };
}
