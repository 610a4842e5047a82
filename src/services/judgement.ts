import { engineVersion, evaluate } from '../core/evaluation.js';
import type { Experiment } from '../core/experiment.js';
import type { Change } from './change.js';
import type { EvaluationRecord } from './records.js';

/**
 * Makes one evaluation from the totals as they are in this transaction, and stores it with all that it was made from.
 * The experiment is still to be saved: a look may be used up.
 *
 * @throws LOOKS_EXHAUSTED
 */
export async function judge(
  change: Change,
  experiment: Experiment,
  { final }: { readonly final: boolean },
): Promise<{ readonly experiment: Experiment; readonly evaluation: EvaluationRecord }> {
  const { definition, planHash, looksUsed } = experiment;
  const previous = await change.transaction.latestEvaluation(experiment);
  const watermark = await change.transaction.startedAt();
  const { versions, arms } = await change.transaction.sums(experiment);
  const segmented = await change.transaction.segments(experiment);
  const input = { versions, arms, ...segmented, looksUsed, final, confirmatory: planHash !== null };
  // What a dry run found is no part of the registered analysis.
  const carried = previous && previous.provenance.planHash === planHash ? previous.result.carried : null;
  const result = evaluate({ definition, previous: carried, ...input });
  const evaluation: EvaluationRecord = {
    experimentId: experiment.id,
    experimentKey: definition.key,
    sequence: (previous?.sequence ?? 0) + 1,
    at: change.at,
    result,
    input,
    provenance: {
      planHash,
      allocationVersions: versions.filter(({ units }) => units.some((count) => count > 0)).map(({ version }) => version),
      watermark,
      engineVersion,
    },
  };
  await change.evaluated(experiment, evaluation, previous);
  return { experiment: { ...experiment, looksUsed: looksUsed + (result.lookUsed ? 1 : 0) }, evaluation };
}
