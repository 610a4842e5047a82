import { isMetered } from '../core/evaluation-look.js';
import type { Experiment } from '../core/experiment.js';
import { checkTransition } from '../core/lifecycle.js';
import type { Change, Changer } from './change.js';
import { judge } from './judgement.js';
import { rolledBack, stopped } from './lifecycle.js';
import { type Command, ruleCommand } from './ports.js';
import type { EvaluationRecord } from './records.js';

/** Judges experiments by their registered plans, on schedule and on request, and does what the plan says of the outcome. */

export interface EvaluatePayload {
  readonly evaluation: EvaluationRecord;
  readonly experiment: Experiment;
}

export type Evaluations = ReturnType<typeof createEvaluations>;

export function createEvaluations({ changer }: { readonly changer: Changer }) {
  async function look(change: Change, before: Experiment): Promise<EvaluatePayload> {
    const { experiment: looked, evaluation } = await judge(change, before, { final: false });
    const counted = looked.looksUsed === before.looksUsed ? before : await change.save(before, looked, { revise: false, audit: false });
    return { evaluation, experiment: await consequence(change, counted, evaluation) };
  }

  /** What the plan wants done without a person; a dry run only tells. Guardrails have a watch of their own that is quicker. */
  async function consequence(change: Change, experiment: Experiment, { result }: EvaluationRecord): Promise<Experiment> {
    const { definition, status, disabledVariants } = experiment;
    const { rollback } = definition;
    if (!result.srm.passed) {
      const message = `The units of "${definition.name}" do not fit its allocation (p = ${result.srm.pValue?.toPrecision(2) ?? '?'}); no effect is reported.`;
      await change.raise(experiment, { kind: 'SRM_DETECTED', severity: 'CRITICAL', message });
      const rollsBack = rollback.enabled && rollback.conditions.includes('SRM_DETECTED') && result.confirmatory;
      if (!rollsBack) return experiment;
      return change.save(experiment, await rolledBack(change, experiment, message), { reason: message });
    }
    const winner = result.decision === 'SHIP' ? result.winner : null;
    // Who switched a variant off knows something that its numbers do not: then people decide.
    if (winner !== null && rollback.autoDeploy && status === 'RUNNING' && !disabledVariants.includes(winner)) {
      return change.save(experiment, await stopped(change, experiment, winner), { reason: result.summary });
    }
    return experiment;
  }

  return {
    /** Makes one look now. @throws EXPERIMENT_NOT_FOUND, INVALID_TRANSITION, LOOKS_EXHAUSTED */
    async evaluate(command: Command, key: string): Promise<EvaluatePayload> {
      return changer.run(command, async (change) => {
        const experiment = await change.lock(key);
        checkTransition(experiment, 'EVALUATE');
        return look(change, experiment);
      });
    },

    /** A scheduled look; of two that meet one is made. @param minGapMs since the last one by schedule */
    async tick(experimentId: string, minGapMs: number, requestId?: string): Promise<EvaluationRecord | null> {
      return changer.run(ruleCommand('evaluator', 'evaluate', requestId), async (change) => {
        const experiment = await change.transaction.lockExperimentById(experimentId);
        if (!experiment || (experiment.status !== 'RUNNING' && experiment.status !== 'DRY_RUN')) return null;
        if (isUsedUp(experiment)) return null;
        const turn = await change.transaction.claimTick(experimentId, 'evaluation', change.at, minGapMs);
        return turn ? (await look(change, experiment)).evaluation : null;
      });
    },
  };
}

/** Whether a plan with metered looks has none left: the schedule then rests until the experiment ends. */
function isUsedUp({ definition: { evaluation }, looksUsed, status }: Experiment): boolean {
  return isMetered(evaluation.method) && status === 'RUNNING' && looksUsed >= evaluation.maxPeeks;
}
