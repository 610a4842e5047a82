import { refusal } from './errors.js';
import { compareAll } from './evaluation-comparison.js';
import { decide } from './evaluation-decision.js';
import { alphaSpent } from './evaluation-look.js';
import { checkSampleRatio } from './evaluation-srm.js';
import { summarise } from './evaluation-summary.js';
import type { CarriedState, EvaluationInput, EvaluationResult } from './evaluation-types.js';
import type { Definition } from './experiment.js';
import { checkGuardrails, unjudgedGuardrails } from './guardrail.js';

export type * from './evaluation-types.js';
export * from './evaluation-words.js';

/** Names the rules that computed an evaluation; grows when the same input would give other numbers. */
export const engineVersion = '1';

const nothingCarried: CarriedState = { srmPValue: null, finalTestMade: false, comparisons: {} };

/**
 * Judges an experiment from its totals, by its registered plan alone: a pure function, so that a stored evaluation can be computed again to the
 * same bits. The sample ratio comes first; when it fails nothing else is judged. A look is used up only when every served variant has
 * minSampleSize units and p-values are really read.
 *
 * @throws DomainError LOOKS_EXHAUSTED when a metered plan has no look left and this is not the final evaluation; METHOD_NOT_AVAILABLE for a
 *   method that is not built
 */
export function evaluate(input: EvaluationInput): EvaluationResult {
  const { definition, versions, arms, looksUsed, final, confirmatory } = input;
  const { method, horizonUnits, maxPeeks } = definition.evaluation;
  const maxLooks = maxLooksOf(definition);
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
  const { comparisons, carried } = compareAll({
    definition,
    arms,
    previous: previous.comparisons,
    look: isRead ? { definition, isFinalTest } : null,
    isLastLook: !hasLook,
    confirmatory,
    withheld: !srm.passed,
  });
  const guardrails = srm.passed ? checkGuardrails(definition, arms) : unjudgedGuardrails(definition);
  const isUsedUp = maxLooks === null ? finalTestMade : look >= maxLooks;
  const { decision, winner } = decide({ definition, srm, guardrails, comparisons, isLargeEnough, isUsedUp: confirmatory && isUsedUp });
  const result = {
    method,
    look,
    lookUsed,
    maxLooks,
    alphaSpent: alphaSpent(definition, look, finalTestMade),
    informationFraction: horizonUnits === null ? null : totalUnits / horizonUnits,
    srm,
    comparisons,
    guardrails,
    decision,
    winner,
    confirmatory,
    final,
    carried: { srmPValue: carriedPValue, finalTestMade, comparisons: carried },
  };
  return { ...result, summary: summarise(definition, units, result) };
}

/** Most looks of the plan; null where looks are not metered. @throws DomainError METHOD_NOT_AVAILABLE for a method that is not built */
function maxLooksOf({ evaluation: { method, maxPeeks } }: Definition): number | null {
  switch (method) {
    case 'ALWAYS_VALID':
      return null;
    case 'FREQUENTIST_T_TEST':
      return maxPeeks;
    case 'GROUP_SEQUENTIAL':
    case 'SPRT':
    case 'BAYESIAN':
      throw refusal('METHOD_NOT_AVAILABLE', `The method ${method} is not available yet.`, ['evaluation', 'method'], method);
    default:
      return method satisfies never;
  }
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
