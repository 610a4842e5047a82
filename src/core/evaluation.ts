import { refusal } from './errors.js';
import { compareAll } from './evaluation-comparison.js';
import { decide } from './evaluation-decision.js';
import { carriedOf, comparisonName } from './evaluation-draft.js';
import { judgeFamily } from './evaluation-family.js';
import { alphaSpent, isMetered } from './evaluation-look.js';
import { compareSegments } from './evaluation-segments.js';
import { spendLooks } from './evaluation-spending.js';
import { checkSampleRatio } from './evaluation-srm.js';
import { summarise } from './evaluation-summary.js';
import type { CarriedState, Comparison, EvaluationInput, EvaluationResult } from './evaluation-types.js';
import { checkGuardrails, unjudgedGuardrails } from './guardrail.js';

export type * from './evaluation-types.js';
export * from './evaluation-words.js';

/** Names the rules that computed an evaluation; grows when the same input would give other numbers. */
export const engineVersion = '3';

const nothingCarried: CarriedState = { srmPValue: null, finalTestMade: false, comparisons: {} };

/**
 * Judges an experiment from its totals, by its registered plan alone: a pure function, so that a stored evaluation can be computed again to the
 * same bits. The sample ratio comes first; when it fails nothing else is judged. A look is used up only when every served variant has
 * minSampleSize units and p-values are really read.
 *
 * @throws DomainError LOOKS_EXHAUSTED when a metered plan has no look left and this is not the final evaluation
 */
export function evaluate(input: EvaluationInput): EvaluationResult {
  const { definition, versions, arms, segments = [], looksUsed, final, confirmatory } = input;
  const { method, horizonUnits, maxPeeks, alpha, correction } = definition.evaluation;
  const maxLooks = isMetered(method) ? maxPeeks : null;
  const hasLook = maxLooks === null || looksUsed < maxLooks;
  if (!hasLook && !final) {
    throw refusal('LOOKS_EXHAUSTED', `All ${maxPeeks} planned looks are used.`, ['evaluation', 'maxPeeks'], looksUsed);
  }
  const previous = input.previous ?? nothingCarried;
  const { srm, carriedPValue } = checkSampleRatio(
    definition.variants.map(({ key }) => key),
    versions,
    previous.srmPValue,
  );
  const units = unitsByVariant(input);
  const totalUnits = units.reduce((sum, arm) => sum + arm.units, 0);
  const isLargeEnough = units.every((arm) => !arm.isServed || arm.units >= definition.evaluation.minSampleSize);
  const isRead = srm.passed && isLargeEnough && hasLook;
  const isPastHorizon = horizonUnits !== null && totalUnits >= horizonUnits;
  const isFinalTest = isRead && isPastHorizon && !previous.finalTestMade;
  const finalTestMade = previous.finalTestMade || isFinalTest;
  const lookUsed = isRead && confirmatory;
  const look = looksUsed + (lookUsed ? 1 : 0);
  const isLastLook = lookUsed && look === maxLooks;
  const { spent, looks, fraction } = spendLooks({ definition, versions, totalUnits, previous, isRead, isLastLook });
  const question = {
    definition,
    look: isRead ? { definition, isFinalTest, spent } : null,
    isLastLook: !hasLook,
    confirmatory,
    withheld: !srm.passed,
  };
  const strata = segments.filter(({ attribute }) => attribute === definition.evaluation.segments[0]).map((segment) => segment.arms);
  const drafts = compareAll({ ...question, arms, strata, previous: previous.comparisons, leastUnits: 0 });
  const comparisons = judgeFamily({ drafts, correction, alpha, confirmatory });
  const parts = compareSegments({ ...question, segments, previous: previous.segments ?? {} });
  const guardrails = srm.passed ? checkGuardrails(definition, arms) : unjudgedGuardrails(definition);
  const carriedComparisons = carriedOf(drafts);
  const isAccepted = method === 'SPRT' && areAllAccepted(comparisons, carriedComparisons);
  const isUsedUp = maxLooks === null ? finalTestMade || isAccepted : look >= maxLooks || fraction >= 1;
  const { decision, winner } = decide({ definition, srm, guardrails, comparisons, isLargeEnough, isUsedUp: confirmatory && isUsedUp });
  const result = {
    method,
    look,
    lookUsed,
    maxLooks,
    alphaSpent: alphaSpent(definition, { look, finalTestMade, fraction: confirmatory ? fraction : 0 }),
    informationFraction: horizonUnits === null ? null : totalUnits / horizonUnits,
    srm,
    comparisons,
    segments: parts.segments,
    guardrails,
    decision,
    winner,
    confirmatory,
    final,
    carried: {
      srmPValue: carriedPValue,
      finalTestMade,
      comparisons: carriedComparisons,
      ...(looks && { looks }),
      ...(segments.length > 0 && { segments: parts.carried }),
    },
  };
  return { ...result, summary: summarise(definition, units, result) };
}

/** SPRT: whether no variant is left of which the test still wants to know. */
function areAllAccepted(comparisons: readonly Comparison[], carried: CarriedState['comparisons']): boolean {
  const primary = comparisons.filter(({ role }) => role === 'PRIMARY');
  const isSettled = ({ metric, variant, outcome }: Comparison) =>
    outcome === 'WORSE' || carried[comparisonName(metric, variant)]?.isAccepted === true;
  return primary.length > 0 && primary.every(isSettled);
}

/** Units of each variant in the experiment's order; one that no allocation has ever served is not waited for. */
function unitsByVariant({ definition, versions, arms }: EvaluationInput) {
  return definition.variants.map(({ key }, index) => {
    const units = arms.reduce((sum, arm) => (arm.variant === key ? sum + arm.units : sum), 0);
    return {
      variant: key,
      units,
      isServed: versions.length === 0 || units > 0 || versions.some(({ propensities }) => (propensities[index] ?? 0) > 0),
    };
  });
}
