import type { GuardrailStatus } from '../core/evaluation.js';
import type { Experiment } from '../core/experiment.js';
import { checkGuardrails } from '../core/guardrail.js';
import type { Change, Changer } from './change.js';
import { rolledBack } from './lifecycle.js';
import { ruleCommand, type Sweeps } from './ports.js';
import type { Registry } from './registry.js';

/** Watches all running experiments for harm; needs Postgres alone. */

export interface GuardrailsParts {
  readonly changer: Changer;
  readonly sweeps: Sweeps;
  readonly registry: Registry;
}

/** Guardrails of an experiment that are breached now. */
interface Breaches {
  readonly breaches: readonly GuardrailStatus[];
  /** Those of which no alert was open. */
  readonly raised: readonly GuardrailStatus[];
}

export function createGuardrails({ changer, sweeps, registry }: GuardrailsParts) {
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
      const raised: GuardrailStatus[] = [];
      for (const breach of breaches) {
        const { metric, variant } = breach;
        const isNew = await change.raise(experiment, {
          kind: 'GUARDRAIL_BREACH',
          severity: 'CRITICAL',
          message: sentence(experiment, breach),
          metric,
          variant,
        });
        if (isNew) raised.push(breach);
      }
      await answer(change, experiment, { breaches, raised });
    });
  }

  /**
   * The strongest action that the breached guardrails ask for. A pause only where the alert is new: whoever resumes an experiment has seen the harm
   * whose alert is open and bears it.
   */
  async function answer(change: Change, experiment: Experiment, { breaches, raised }: Breaches): Promise<void> {
    const { rollback } = experiment.definition;
    const isFatal = rollback.enabled && rollback.conditions.includes('GUARDRAIL_BREACH');
    const fatal = isFatal ? breaches.find(({ action }) => action === 'ROLLBACK') : undefined;
    const harmful = raised.find(({ action }) => action === 'PAUSE');
    if (fatal) {
      const reason = sentence(experiment, fatal);
      await change.save(experiment, await rolledBack(change, experiment, reason), { reason });
    } else if (harmful && experiment.status === 'RUNNING') {
      await change.save(experiment, { ...experiment, status: 'PAUSED' }, { reason: sentence(experiment, harmful) });
    }
  }

  return {
    /** One round over all experiments; does nothing while another worker makes it. */
    async sweep(): Promise<void> {
      await sweeps.exclusively('guardrails', watchHarm);
    },
  };
}

function sentence({ definition }: Experiment, { metric, variant, effect, threshold }: GuardrailStatus): string {
  const change = effect === null ? 'changed' : `${effect > 0 ? 'rose' : 'fell'} by ${Math.abs(effect).toPrecision(3)}`;
  return `Guardrail "${metric}" of "${definition.name}" ${change} in variant "${variant}", proven to exceed the ${threshold} tolerated.`;
}
