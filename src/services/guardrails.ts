import type { GuardrailStatus } from '../core/evaluation.js';
import type { Experiment } from '../core/experiment.js';
import { checkGuardrails } from '../core/guardrail.js';
import type { Change, Changer } from './change.js';
import { rolledBack } from './lifecycle.js';
import { ruleCommand, type Sweeps } from './ports.js';
import type { Registry } from './registry.js';
import { createScheduledTurns, type ScheduledTurn } from './scheduled-turns.js';

/** Watches all running experiments for harm, and for jobs that are overdue; needs Postgres alone. */

export interface GuardrailsParts {
  readonly changer: Changer;
  readonly sweeps: Sweeps;
  readonly registry: Registry;
  readonly clock: { now(): Date };
  /** Longest gap between two scheduled evaluations. */
  readonly evaluationPeriodMs: (schedule: string) => number;
}

export function createGuardrails({ changer, sweeps, registry, clock, evaluationPeriodMs }: GuardrailsParts) {
  const readTurns = createScheduledTurns({ sweeps, registry, evaluationPeriodMs });
  const isWatched = ({ status }: Experiment): boolean => status === 'RUNNING' || status === 'DRY_RUN';
  const hasGuardrails = ({ definition }: Experiment): boolean => definition.metrics.some(({ role }) => role === 'GUARDRAIL');

  async function watchHarm(): Promise<void> {
    const watched = registry.all().filter((experiment) => isWatched(experiment) && hasGuardrails(experiment));
    if (watched.length === 0) return;
    const arms = await sweeps.arms(watched, 'GUARDRAIL');
    for (const { id, definition } of watched) {
      const breaches = checkGuardrails(definition, arms.get(id) ?? []).filter(({ breached }) => breached);
      if (breaches.length > 0) await act(id, breaches);
    }
  }

  function act(experimentId: string, breaches: readonly GuardrailStatus[]): Promise<void> {
    return changer.run(ruleCommand('guardrail', 'guardrailBreach'), async (change) => {
      const experiment = await change.transaction.lockExperimentById(experimentId);
      if (!experiment || !isWatched(experiment)) return;
      for (const breach of breaches) {
        const { metric, variant } = breach;
        await change.raise(experiment, {
          kind: 'GUARDRAIL_BREACH',
          severity: 'CRITICAL',
          message: sentence(experiment, breach),
          metric,
          variant,
        });
      }
      await answer(change, experiment, breaches);
    });
  }

  /** The strongest action that the breached guardrails ask for. */
  async function answer(change: Change, experiment: Experiment, breaches: readonly GuardrailStatus[]): Promise<void> {
    const { rollback } = experiment.definition;
    const first = (action: GuardrailStatus['action']) => breaches.find((breach) => breach.action === action);
    const fatal = rollback.enabled && rollback.conditions.includes('GUARDRAIL_BREACH') ? first('ROLLBACK') : undefined;
    const harmful = first('PAUSE');
    if (fatal) {
      const reason = sentence(experiment, fatal);
      await change.save(experiment, await rolledBack(change, experiment, reason), { reason });
    } else if (harmful && experiment.status === 'RUNNING') {
      await change.save(experiment, { ...experiment, status: 'PAUSED' }, { reason: sentence(experiment, harmful) });
    }
  }

  async function watchJobs(): Promise<void> {
    const now = clock.now().getTime();
    const late = (await readTurns()).filter(({ periodMs, lastAt }) => now - lastAt.getTime() > 2 * periodMs + 10_000);
    for (const experiment of registry.all().filter(({ status }) => status === 'RUNNING')) {
      const overdue = late.filter((turn) => turn.experiment.id === experiment.id);
      await noteOverdue(experiment, overdue);
    }
  }

  const known = new Set<string>();

  /** Raised and resolved only when it turns, so that a sound round writes nothing. */
  async function noteOverdue({ id, definition }: Experiment, overdue: readonly ScheduledTurn[]): Promise<void> {
    if (overdue.length === 0 && known.has(id)) return;
    await changer.run(ruleCommand('guardrail', 'watchJobs'), async (change) => {
      const experiment = await change.transaction.lockExperimentById(id);
      if (!experiment) return;
      if (overdue.length === 0) return change.resolve(experiment, ['STALE_POLICY']);
      const jobs = overdue.map(({ job }) => job).join(' and ');
      const message = `The ${jobs} of "${definition.name}" is overdue by more than two of its intervals.`;
      return change.raise(experiment, { kind: 'STALE_POLICY', severity: 'WARNING', message });
    });
    if (overdue.length === 0) known.add(id);
    else known.delete(id);
  }

  return {
    /** One round over all experiments; does nothing while another worker makes it. */
    async sweep(): Promise<void> {
      await sweeps.exclusively('guardrails', async () => {
        await watchHarm();
        await watchJobs();
      });
    },
  };
}

function sentence({ definition }: Experiment, { metric, variant, effect, threshold }: GuardrailStatus): string {
  const change = effect === null ? 'changed' : `${effect > 0 ? 'rose' : 'fell'} by ${Math.abs(effect).toPrecision(3)}`;
  return `Guardrail "${metric}" of "${definition.name}" ${change} in variant "${variant}", proven to exceed the ${threshold} tolerated.`;
}
