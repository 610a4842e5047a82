import { type ComparisonsInput, type Draft, nothingCarried, nullComparison, type Place, previousOf, unknown } from './evaluation-draft.js';
import { around, intersection, liftInterval, liftOf, shown } from './evaluation-interval.js';
import { type Look, type LookReading, readLook } from './evaluation-look.js';
import { type Losses, readPosterior, verdictOf } from './evaluation-posterior.js';
import type { CarriedComparison, Comparison } from './evaluation-types.js';
import type { UnknownReason } from './evaluation-words.js';
import type { Definition } from './experiment.js';
import type { PairEstimate } from './pair-estimate.js';
import type { PairSpread } from './pair-spread.js';
import { normalQuantile } from './stats/normal.js';

/** A pair of arms as far as it is known without a method. */
export interface Estimated {
  readonly pair: PairEstimate;
  /** What of it is shown whatever the method says. */
  readonly estimates: Partial<Comparison>;
  /** Null when nothing may be read. */
  readonly look: Look | null;
}

/** What a look says of a pair, by p-values and intervals that pay for all looks. */
export function judge(
  input: ComparisonsInput,
  { metric, variant }: Place,
  { pair, estimates, look, spread }: Estimated & { readonly spread: PairSpread },
): Draft {
  const previous = previousOf(input, metric, variant);
  const level = 1 - input.definition.evaluation.alpha;
  const lifted = liftOf(pair, spread);
  const read = look && readLook(look, { variant, pair, spread, smallestSoFar: previous.pValue ?? 1 });
  const reading = read === 'NOTHING_NEW' ? null : read;
  const present = reading && {
    interval: around(pair.effect, reading.multiplier * spread.standardError, level),
    liftInterval: lifted && liftInterval(pair, spread, lifted, reading.multiplier, level),
  };
  const carried = reading && present ? carryOn(previous, reading, { ...present, effect: pair.effect }) : previous;
  const isShown = reading !== null || ((input.isLastLook || read === 'NOTHING_NEW') && previous.pValue !== null);
  const liftRange = isShown && lifted ? shown(carried.liftInterval, present?.liftInterval ?? null, lifted.lift) : null;
  // There may have been no baseline at the look that still stands; and SPRT knows what it looks for as a share of the control's mean.
  const lacksBaseline = isShown ? liftRange === null : lifted === null && look !== null && input.definition.evaluation.method === 'SPRT';
  const reason: UnknownReason | null = lacksBaseline ? 'ZERO_BASELINE' : isShown ? null : 'INSUFFICIENT_SAMPLE';
  return {
    metric,
    carried,
    verdict: null,
    comparison: {
      ...nullComparison(metric, variant, input.confirmatory),
      ...estimates,
      standardError: spread.standardError,
      interval: isShown ? shown(carried.interval, present?.interval ?? null, pair.effect) : null,
      liftInterval: liftRange,
      pValue: isShown ? carried.pValue : null,
      minimumDetectableEffect: reading ? detectable(input.definition, pair, spread, reading.multiplier) : null,
      unknownReason: reason,
    },
  };
}

/** BAYESIAN: the pair's posterior, and the loss beside all arms; nothing is carried on, for a posterior knows of no looks. */
export function judgePosterior(
  input: ComparisonsInput,
  place: Place & { readonly losses: Losses },
  { pair, estimates, look }: Estimated,
): Draft {
  const { metric, variant, losses } = place;
  const { spread } = pair;
  const { alpha, lossThreshold } = input.definition.evaluation;
  const known = { ...estimates, standardError: spread?.standardError ?? null };
  const reading = look ? readPosterior(pair, metric, 1 - alpha) : null;
  if (!reading) {
    const isFlat = spread === null && Math.min(pair.controlUnits, pair.variantUnits) > 1;
    return unknown(input, place, isFlat ? 'ZERO_VARIANCE' : 'INSUFFICIENT_SAMPLE', known);
  }
  const expectedLoss = lossOf(losses, variant, reading.lossOfVariant);
  // The threshold is in the primary metric's unit, and says nothing of the others.
  const isJudged = metric.role === 'PRIMARY' && lossThreshold !== null && expectedLoss !== null;
  return {
    metric,
    carried: nothingCarried,
    verdict: isJudged ? verdictOf(reading, expectedLoss, lossThreshold) : 'INCONCLUSIVE',
    comparison: {
      ...nullComparison(metric, variant, input.confirmatory),
      ...known,
      interval: reading.interval,
      liftInterval: reading.liftInterval,
      probabilityToBeatControl: reading.probabilityToBeatControl,
      expectedLoss,
      minimumDetectableEffect: spread && detectable(input.definition, pair, spread, reading.multiplier),
      unknownReason: whyIncomplete(losses, pair),
    },
  };
}

function lossOf(losses: Losses, variant: string, besideControl: number): number | null {
  if (losses === null) return besideControl;
  return typeof losses === 'string' ? null : (losses.get(variant) ?? null);
}

/** Why not all is known of a posterior that could be read. */
function whyIncomplete(losses: Losses, { spread, controlMean }: PairEstimate): UnknownReason | null {
  if (typeof losses === 'string') return losses;
  if (spread === null) return 'ZERO_VARIANCE';
  return controlMean === 0 ? 'ZERO_BASELINE' : null;
}

/** What a reading leaves for later looks. */
function carryOn(
  previous: CarriedComparison,
  { pValue, isAccepted }: LookReading,
  { effect, interval, liftInterval: liftRange }: Pick<Comparison, 'interval' | 'liftInterval'> & { readonly effect: number },
): CarriedComparison {
  const isSmallest = previous.pValue === null || pValue < previous.pValue;
  return {
    pValue: isSmallest ? pValue : previous.pValue,
    side: isSmallest ? sideOf(effect) : previous.side,
    interval: intersection(previous.interval, interval),
    liftInterval: intersection(previous.liftInterval, liftRange),
    ...(isAccepted !== undefined && { isAccepted: isAccepted || previous.isAccepted === true }),
  };
}

/** 1 above, -1 below the control. */
export function sideOf(effect: number): -1 | 0 | 1 {
  if (effect === 0) return 0;
  return effect > 0 ? 1 : -1;
}

/** The lift whose estimate would clear the present half width with the plan's power. */
function detectable(
  definition: Definition,
  { controlMean }: PairEstimate,
  { standardError }: PairSpread,
  multiplier: number,
): number | null {
  if (controlMean === 0 || !Number.isFinite(multiplier)) return null;
  return ((multiplier + normalQuantile(definition.evaluation.power, 'lower')) * standardError) / Math.abs(controlMean);
}
