import { type ComparisonsInput, type Draft, type Place, unknown } from './evaluation-draft.js';
import { judge, judgePosterior } from './evaluation-judge.js';
import { expectedLosses, type Losses } from './evaluation-posterior.js';
import type { UnknownReason } from './evaluation-words.js';
import { controlOf, type Definition, type MetricDefinition } from './experiment.js';
import { adjustmentOf, estimatePair, type PairEstimate } from './pair-estimate.js';
import type { CovariateAdjustment } from './stats/cuped.js';
import { StatisticsError } from './stats/statistics-error.js';

/** Every variant against the control on every metric, ordered by metric and then by variant. */
export function compareAll(input: ComparisonsInput): readonly Draft[] {
  const control = controlOf(input.definition).key;
  const variants = input.definition.variants.map(({ key }) => key).filter((key) => key !== control);
  return input.definition.metrics.flatMap((metric) => {
    const shared = sharedOf(input, metric, [control, ...variants]);
    return variants.map((variant) => {
      const place = { metric, control, variant };
      const draft = compareOne(input, { ...place, ...shared });
      // Sums may each be a double, and what comes of them together still be beyond any.
      return isFiniteThroughout(draft) ? draft : unknown(input, place, 'INVALID_DATA');
    });
  });
}

/** What all comparisons of a metric share. */
interface Shared {
  readonly covariate: CovariateAdjustment | null;
  /** BAYESIAN. */
  readonly losses: Losses;
  /** Whether the totals of some arm contradict one another where all arms are needed. */
  readonly isInvalid: boolean;
}

function sharedOf(
  { definition, arms, strata, look, withheld }: ComparisonsInput,
  metric: MetricDefinition,
  keys: readonly string[],
): Shared {
  const nothing: Shared = { covariate: null, losses: null, isInvalid: false };
  if (withheld) return nothing;
  try {
    const covariate = adjustmentOf(arms, metric, keys);
    const isBayesian = look !== null && definition.evaluation.method === 'BAYESIAN';
    return {
      ...nothing,
      covariate,
      losses: isBayesian ? expectedLosses(arms, metric, keys, { isAdaptive: isAdaptive(definition), segments: strata, covariate }) : null,
    };
  } catch (error) {
    // One arm's contradictions spoil what all share; the pair of two others still has its estimates.
    if (error instanceof StatisticsError) return { ...nothing, losses: reasonOf(error), isInvalid: metric.cuped };
    throw error;
  }
}

function compareOne(input: ComparisonsInput, place: Place & Shared): Draft {
  const { metric, control, variant, covariate, isInvalid } = place;
  if (input.withheld) return unknown(input, place, 'SRM_DETECTED');
  if (isInvalid) return unknown(input, place, 'INVALID_DATA');
  try {
    const question = { metric, control, variant, isAdaptive: isAdaptive(input.definition), segments: input.strata, covariate };
    const pair = estimatePair(input.arms, question);
    if (!pair) return unknown(input, place, 'INSUFFICIENT_SAMPLE');
    const { controlUnits, variantUnits, controlMean, variantMean, effect, spread } = pair;
    const estimates = { controlUnits, variantUnits, controlMean, variantMean, effect, lift: plainLift(pair) };
    const least = Math.min(controlUnits, variantUnits);
    const look = least >= input.leastUnits ? input.look : null;
    if (input.definition.evaluation.method === 'BAYESIAN') return judgePosterior(input, place, { pair, estimates, look });
    if (!spread) return unknown(input, place, least < 2 ? 'INSUFFICIENT_SAMPLE' : 'ZERO_VARIANCE', estimates);
    return judge(input, place, { pair, spread, estimates, look });
  } catch (error) {
    if (error instanceof StatisticsError) return unknown(input, place, reasonOf(error));
    throw error;
  }
}

function isAdaptive({ design }: Definition): boolean {
  return design === 'BANDIT';
}

function reasonOf({ reason }: StatisticsError): UnknownReason {
  return reason === 'ZERO_BASELINE' ? reason : 'INVALID_DATA';
}

function plainLift({ controlMean, effect }: PairEstimate): number | null {
  return controlMean === 0 ? null : effect / Math.abs(controlMean);
}

function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFiniteThroughout);
}
