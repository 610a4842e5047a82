import type { Comparison, GuardrailStatus, SrmCheck } from './evaluation-types.js';
import type { Decision } from './evaluation-words.js';
import { type Definition, primaryMetricOf } from './experiment.js';

export interface DecisionInput {
  readonly definition: Definition;
  readonly srm: SrmCheck;
  readonly guardrails: readonly GuardrailStatus[];
  readonly comparisons: readonly Comparison[];
  /** Whether every variant that is served has minSampleSize units. */
  readonly isLargeEnough: boolean;
  /** Whether the plan has no look or test left after this one. */
  readonly isUsedUp: boolean;
}

/** What to do: the first that holds of INVALID, ROLL_BACK, INSUFFICIENT_DATA, SHIP, DO_NOT_SHIP, else KEEP_RUNNING; with the winner of a SHIP. */
export function decide(input: DecisionInput): { readonly decision: Decision; readonly winner: string | null } {
  const { definition, srm, guardrails, comparisons, isLargeEnough, isUsedUp } = input;
  const settled = (decision: Decision) => ({ decision, winner: null });
  if (!srm.passed) return settled('INVALID');
  if (guardrails.some(({ breached }) => breached)) return settled('ROLL_BACK');
  if (!isLargeEnough) return settled('INSUFFICIENT_DATA');
  const primary = comparisons.filter(({ role }) => role === 'PRIMARY');
  const winner = best(
    definition,
    primary.filter(({ outcome }) => outcome === 'BETTER'),
  );
  if (winner) return { decision: 'SHIP', winner: winner.variant };
  const isLost = primary.length > 0 && primary.every(({ outcome }) => outcome === 'WORSE');
  return settled(isLost || isUsedUp ? 'DO_NOT_SHIP' : 'KEEP_RUNNING');
}

/** The comparison with the largest effect in the primary metric's good direction; the first of equals; null for none with an effect. */
export function best(definition: Definition, comparisons: readonly Comparison[]): Comparison | null {
  const sign = primaryMetricOf(definition).direction === 'INCREASE' ? 1 : -1;
  let found: Comparison | null = null;
  for (const comparison of comparisons) {
    if (comparison.effect === null) continue;
    if (found === null || sign * comparison.effect > sign * (found.effect ?? 0)) found = comparison;
  }
  return found;
}
