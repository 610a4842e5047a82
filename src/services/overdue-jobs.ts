import type { Experiment } from '../core/experiment.js';
import type { Changer } from './change.js';
import { ruleCommand, type Sweeps } from './ports.js';
import type { Registry } from './registry.js';
import { createScheduledTurns, type ScheduledTurn } from './scheduled-turns.js';

/**
 * Watches all running experiments for jobs that are overdue; needs Postgres alone. It may wait for an experiment that a slow job has locked, so it goes its
 * rounds apart from the guardrails.
 */

export interface OverdueJobsParts {
  readonly changer: Changer;
  readonly sweeps: Sweeps;
  readonly registry: Registry;
  readonly clock: { now(): Date };
  /** Longest gap between two scheduled evaluations. */
  readonly evaluationPeriodMs: (schedule: string) => number;
}

export function createOverdueJobs({ changer, sweeps, registry, clock, evaluationPeriodMs }: OverdueJobsParts) {
  const readTurns = createScheduledTurns({ sweeps, registry, evaluationPeriodMs });
  /** Experiments whose jobs are known to come in time. */
  const sound = new Set<string>();

  async function round(): Promise<void> {
    const now = clock.now().getTime();
    const late = (await readTurns()).filter(({ periodMs, lastAt }) => now - lastAt.getTime() > 2 * periodMs + 10_000);
    for (const experiment of registry.all().filter(({ status }) => status === 'RUNNING')) {
      const overdue = late.filter((turn) => turn.experiment.id === experiment.id);
      await note(experiment, overdue);
    }
  }

  /** Raised and resolved only when it turns, so that a sound round writes nothing. */
  async function note({ id, definition }: Experiment, overdue: readonly ScheduledTurn[]): Promise<void> {
    if (overdue.length === 0 && sound.has(id)) return;
    await changer.run(ruleCommand('guardrail', 'watchJobs'), async (change) => {
      const experiment = await change.transaction.lockExperimentById(id);
      if (!experiment) return;
      if (overdue.length === 0) return change.resolve(experiment, ['STALE_POLICY']);
      const jobs = overdue.map(({ job }) => job).join(' and ');
      const message = `The ${jobs} of "${definition.name}" is overdue by more than two of its intervals.`;
      await change.raise(experiment, { kind: 'STALE_POLICY', severity: 'WARNING', message });
    });
    if (overdue.length === 0) sound.add(id);
    else sound.delete(id);
  }

  return {
    /** One round over all experiments; does nothing while another worker makes it. */
    async sweep(): Promise<void> {
      await sweeps.exclusively('overdue', round);
    },
  };
}
