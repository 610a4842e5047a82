import { type ComparisonsInput, type Draft, nothingCarried, nullComparison, type Place, previousOf, unknown } from './evaluation-draft.js';
import { around, intersection, type LiftEstimate, liftInterval, liftOf, shown } from './evaluation-interval.js';
import { type Look, type LookReading, readLook } from './evaluation-look.js';
import { readPosterior, verdictOf } from './evaluation-posterior.js';
import type { CarriedComparison, Comparison } from './evaluation-types.js';
import type { UnknownReason } from './evaluation-words.js';
import type { Definition } from './experiment.js';
import type { PairEstimate } from './pair-estimate.js';
import type { PairSpread } from './pair-spread.js';
import { normalQuantile } from './stats/normal.js';

/** What a look says of a pair, by p-values and intervals that pay for all looks. @param look null when nothing may be read */
export function judge(
  input: ComparisonsInput,
  { metric, variant }: Place,
  pair: PairEstimate,
  spread: PairSpread,
  estimates: Partial<Comparison>,
  look: Look | null,
): Draft {
  const previous = previousOf(input, metric, variant);
  const level = 1 - input.definition.evaluation.alpha;
  const lifted = liftOf(pair, spread);
  const read = look && readLook(look, { variant, pair, spread, smallestSoFar: previous.pValue ?? 1 });
  const reading = read === 'NOTHING_NEW' ? null : read;
  const carried = reading ? carryOn(previous, reading, pair, spread, lifted, level) : previous;
  const isShown = reading !== null || ((input.isLastLook || read === 'NOTHING_NEW') && previous.pValue !== null);
  const present = reading && {
    interval: around(pair.effect, reading.multiplier * spread.standardError, level),
    liftInterval: lifted && liftInterval(pair, spread, lifted, reading.multiplier, level),
  };
  // SPRT knows what it looks for as a share of the control's mean.
  const lacksBaseline = lifted === null && (isShown || (look !== null && input.definition.evaluation.method === 'SPRT'));
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
      liftInterval: isShown && lifted ? shown(carried.liftInterval, present?.liftInterval ?? null, lifted.lift) : null,
      pValue: isShown ? carried.pValue : null,
      minimumDetectableEffect: reading ? detectable(input.definition, pair, spread, reading.multiplier) : null,
      unknownReason: reason,
    },
  };
}

/**
 * BAYESIAN: the pair's posterior; nothing is carried on, for a posterior knows of no looks.
 *
 * @param losses  expected loss beside all arms by key of the variant; null where the pair is all there is
 */
export function judgePosterior(
  input: ComparisonsInput,
  place: Place & { readonly losses: ReadonlyMap<string, number> | null },
  pair: PairEstimate,
  estimates: Partial<Comparison>,
  isRead: boolean,
): Draft {
  const { metric, variant, losses } = place;
  const { spread } = pair;
  const { alpha, lossThreshold } = input.definition.evaluation;
  const known = { ...estimates, standardError: spread?.standardError ?? null };
  const reading = isRead ? readPosterior(pair, metric, 1 - alpha) : null;
  if (!reading) {
    const isFlat = spread === null && Math.min(pair.controlUnits, pair.variantUnits) > 1;
    return unknown(input, place, isFlat ? 'ZERO_VARIANCE' : 'INSUFFICIENT_SAMPLE', known);
  }
  const expectedLoss = losses ? (losses.get(variant) ?? null) : reading.lossOfVariant;
  const reason: UnknownReason | null = spread === null ? 'ZERO_VARIANCE' : pair.controlMean === 0 ? 'ZERO_BASELINE' : null;
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
      unknownReason: reason,
    },
  };
}

function carryOn(
  previous: CarriedComparison,
  { pValue, multiplier, isAccepted }: LookReading,
  pair: PairEstimate,
  spread: PairSpread,
  lifted: LiftEstimate | null,
  level: number,
): CarriedComparison {
  const isSmallest = previous.pValue === null || pValue < previous.pValue;
  return {
    pValue: isSmallest ? pValue : previous.pValue,
    side: isSmallest ? sideOf(pair.effect) : previous.side,
    interval: intersection(previous.interval, around(pair.effect, multiplier * spread.standardError, level)),
    liftInterval: lifted
      ? intersection(previous.liftInterval, liftInterval(pair, spread, lifted, multiplier, level))
      : previous.liftInterval,
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
