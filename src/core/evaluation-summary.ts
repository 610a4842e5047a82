import { adjustedPText, effectText } from './effect-words.js';
import { best } from './evaluation-decision.js';
import { comparisonName } from './evaluation-draft.js';
import type { Comparison, EvaluationResult } from './evaluation-types.js';
import { type Definition, type MetricDefinition, primaryMetricOf } from './experiment.js';
import { amount, chance, count, list, percent, pText, signed } from './number-words.js';

/** One or two sentences for a person: what to do and the numbers that say so. */
export function summarise(
  definition: Definition,
  units: readonly { readonly variant: string; readonly units: number; readonly isServed: boolean }[],
  result: Omit<EvaluationResult, 'summary'>,
): string {
  const metric = primaryMetricOf(definition);
  const primary = result.comparisons.filter(({ role }) => role === 'PRIMARY');
  const leader = best(definition, primary);
  const isBayesian = result.method === 'BAYESIAN';
  const dryRun = result.confirmatory ? '' : ' This is a dry run: nothing in it counts as evidence.';
  return `${sentence()}${dryRun}`;

  function sentence(): string {
    switch (result.decision) {
      case 'INVALID':
        return `The units do not fit the planned split (p ${pText(result.srm.pValue)}): ${worstSplit(result)}. No effect is reported until the cause is found.`;
      case 'ROLL_BACK':
        return breaches(definition, result);
      case 'INSUFFICIENT_DATA': {
        const short = units.filter((arm) => arm.isServed && arm.units < definition.evaluation.minSampleSize);
        const named = list(short.map((arm) => `${arm.variant} has ${count(arm.units)}`));
        return `Too few units to judge: ${named} of the ${count(definition.evaluation.minSampleSize)} that each variant needs.`;
      }
      case 'SHIP': {
        const winner = primary.find(({ variant }) => variant === result.winner);
        return `${result.winner} ${isBayesian ? 'can replace' : 'beats'} the control on ${metric.key}${winner ? `: ${numbers(winner, metric)}` : ''}.`;
      }
      case 'DO_NOT_SHIP':
        return notShipped(metric, primary, leader, { isBayesian, end: endOf(definition, primary, result) });
      case 'KEEP_RUNNING': {
        const share = result.informationFraction === null ? '' : ` (${percent(result.informationFraction)} of the planned number)`;
        const total = units.reduce((sum, arm) => sum + arm.units, 0);
        const ahead = leader ? ` ${standing(leader, metric)}: ${numbers(leader, metric)}.` : '';
        return `Nothing is settled yet on ${metric.key} after ${count(total)} units${share}.${ahead}`;
      }
      default:
        return result.decision satisfies never;
    }
  }
}

interface Ending {
  readonly isBayesian: boolean;
  /** Why there is no winner. */
  readonly end: string;
}

/** Why a plan that has no winner ends. */
function endOf({ evaluation }: Definition, primary: readonly Comparison[], { carried }: Pick<EvaluationResult, 'carried'>): string {
  const { method, minimumEffect } = evaluation;
  const isAccepted = ({ metric, variant, outcome }: Comparison) =>
    outcome === 'WORSE' || carried.comparisons[comparisonName(metric, variant)]?.isAccepted === true;
  const isSettled = method === 'SPRT' && minimumEffect !== null && primary.every(isAccepted);
  return isSettled ? `A change of ${percent(minimumEffect)} is ruled out` : 'The plan is used up';
}

function notShipped(
  metric: MetricDefinition,
  primary: readonly Comparison[],
  leader: Comparison | null,
  { isBayesian, end }: Ending,
): string {
  const isLost = primary.length > 0 && primary.every(({ outcome }) => outcome === 'WORSE');
  if (isLost && !isBayesian && primary.length === 1 && leader)
    return `${leader.variant} does worse than the control on ${metric.key}: ${numbers(leader, metric)}.`;
  const lost = isBayesian ? 'The control can be kept: no variant is likely to do better' : 'Every variant does worse than the control';
  const opening = isLost ? `${lost} on ${metric.key}` : `${end} and no variant has beaten the control on ${metric.key}`;
  return leader ? `${opening}; the closest is ${leader.variant} with ${numbers(leader, metric)}.` : `${opening}.`;
}

function breaches(definition: Definition, { guardrails }: Pick<EvaluationResult, 'guardrails'>): string {
  const texts = guardrails
    .filter(({ breached }) => breached)
    .map(({ variant, metric, effect, interval, threshold }) => {
      const isShare = definition.metrics.find(({ key }) => key === metric)?.type === 'CONVERSION';
      const bound = interval?.lower ?? interval?.upper ?? null;
      const proven = bound === null ? '' : `, at least ${amount(Math.abs(bound), isShare)}`;
      return `${variant} moves ${metric} by ${signed(effect ?? 0, isShare)}${proven}, where ${amount(threshold, isShare)} is tolerated`;
    });
  return `A guardrail is breached: ${list(texts)}.`;
}

function worstSplit({ srm }: Pick<EvaluationResult, 'srm'>): string {
  const [worst] = srm.variants.toSorted((a, b) => Math.abs(b.observed - b.expected) - Math.abs(a.observed - a.expected));
  return worst ? `${worst.variant} has ${count(worst.observed)} where ${count(Math.round(worst.expected))} were due` : 'no units';
}

function standing({ effect, variant }: Comparison, { direction }: MetricDefinition): string {
  if (!effect) return `So far ${variant} is level with the control`;
  return `So far ${variant} is ${effect > 0 === (direction === 'INCREASE') ? 'ahead' : 'behind'}`;
}

function numbers(comparison: Comparison, { type }: MetricDefinition): string {
  const { variantMean, controlMean, effect } = comparison;
  const isShare = type === 'CONVERSION';
  const against = `${amount(variantMean ?? 0, isShare)} against ${amount(controlMean ?? 0, isShare)}`;
  const change = effectText({ ...comparison, effect: effect ?? 0 }, isShare);
  return `${against} (${change}${evidence(comparison, isShare)})`;
}

function evidence(comparison: Comparison, isShare: boolean): string {
  const { adjustedPValue, probabilityToBeatControl, expectedLoss } = comparison;
  if (adjustedPValue !== null) return `; ${adjustedPText({ ...comparison, adjustedPValue })}`;
  if (probabilityToBeatControl === null || expectedLoss === null) return '';
  return `; better with probability ${chance(probabilityToBeatControl)}, expected loss ${amount(expectedLoss, isShare)}`;
}
