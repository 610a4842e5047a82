import type { Draft } from './evaluation-draft.js';
import { sideOf } from './evaluation-judge.js';
import type { CarriedComparison, Comparison } from './evaluation-types.js';
import type { ComparisonOutcome } from './evaluation-words.js';
import type { Correction, MetricDefinition } from './experiment.js';
import { adjustPValues } from './stats/corrections.js';

export interface FamilyInput {
  readonly drafts: readonly Draft[];
  readonly correction: Correction;
  readonly alpha: number;
  readonly confirmatory: boolean;
}

/**
 * Adjusts over a family of primary and secondary metrics, those without a p-value counted too; each guardrail stands for itself. Nothing is
 * significant that is not confirmatory.
 *
 * @returns the comparisons in the order of the drafts
 */
export function judgeFamily({ drafts, correction, alpha, confirmatory }: FamilyInput): readonly Comparison[] {
  const family = drafts.filter(({ metric }) => metric.role !== 'GUARDRAIL');
  const adjusted = adjustPValues(
    family.map(({ comparison }) => comparison.pValue),
    correction,
    family.length,
  );
  const byDraft = new Map(family.map((draft, place) => [draft, adjusted[place] ?? null]));
  return drafts.map((draft) => {
    const { comparison, carried, metric, verdict } = draft;
    const adjustedPValue = byDraft.has(draft) ? (byDraft.get(draft) ?? null) : comparison.pValue;
    const holds = verdict === null ? adjustedPValue !== null && adjustedPValue <= alpha : verdict !== 'INCONCLUSIVE';
    const significant = confirmatory && holds;
    const outcome = significant ? (verdict ?? outcomeOf(comparison, carried, metric)) : 'INCONCLUSIVE';
    return { ...comparison, adjustedPValue, significant, outcome };
  });
}

/** The smallest p-value spoke for one side; when the estimate has crossed over since, the direction is open. */
function outcomeOf({ effect }: Comparison, { side }: CarriedComparison, { direction }: MetricDefinition): ComparisonOutcome {
  if (effect === null || side === 0 || sideOf(effect) !== side) return 'INCONCLUSIVE';
  return side > 0 === (direction === 'INCREASE') ? 'BETTER' : 'WORSE';
}
