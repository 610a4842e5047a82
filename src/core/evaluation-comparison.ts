import { around, intersection, type LiftEstimate, liftInterval, liftOf, shown } from './evaluation-interval.js';
import { type Look, readLook } from './evaluation-look.js';
import type { ArmSums, CarriedComparison, Comparison } from './evaluation-types.js';
import type { ComparisonOutcome, UnknownReason } from './evaluation-words.js';
import { controlOf, type Definition, type MetricDefinition } from './experiment.js';
import { estimatePair, type PairEstimate } from './pair-estimate.js';
import type { PairSpread } from './pair-spread.js';
import { adjustPValues } from './stats/corrections.js';
import { normalQuantile } from './stats/normal.js';
import { StatisticsError } from './stats/statistics-error.js';

export interface ComparisonsInput {
  readonly definition: Definition;
  readonly arms: readonly ArmSums[];
  readonly previous: Readonly<Record<string, CarriedComparison>>;
  /** Null when nothing may be read now (too few units in an arm, no look left): estimates are shown, p-values only if carried. */
  readonly look: Look | null;
  /** Whether carried p-values may be shown without a look. */
  readonly isLastLook: boolean;
  readonly confirmatory: boolean;
  /** The sample ratio test has failed: every effect is withheld. */
  readonly withheld: boolean;
}

const nothingCarried: CarriedComparison = { pValue: null, side: 0, interval: null, liftInterval: null };

/** Every variant against the control on every metric, ordered by metric and then by variant, and what each hands on to the next look. */
export function compareAll(input: ComparisonsInput): {
  readonly comparisons: readonly Comparison[];
  readonly carried: Readonly<Record<string, CarriedComparison>>;
} {
  const control = controlOf(input.definition).key;
  const carried: Record<string, CarriedComparison> = {};
  const drafts = input.definition.metrics.flatMap((metric) =>
    input.definition.variants
      .filter(({ key }) => key !== control)
      .map(({ key }) => {
        const name = `${metric.key}/${key}`;
        const draft = compareOne(input, metric, control, key, input.previous[name] ?? nothingCarried);
        carried[name] = draft.carried;
        return draft;
      }),
  );
  return { comparisons: withFamily(input, drafts), carried };
}

interface Draft {
  readonly metric: MetricDefinition;
  readonly comparison: Comparison;
  readonly carried: CarriedComparison;
}

function compareOne(
  input: ComparisonsInput,
  metric: MetricDefinition,
  control: string,
  variant: string,
  previous: CarriedComparison,
): Draft {
  const units = (key: string) => input.arms.reduce((sum, arm) => (arm.variant === key ? sum + arm.units : sum), 0);
  const unknown = (unknownReason: UnknownReason, known: Partial<Comparison> = {}): Draft => ({
    metric,
    carried: previous,
    comparison: {
      ...nullComparison(metric, variant, input.confirmatory),
      controlUnits: units(control),
      variantUnits: units(variant),
      ...known,
      unknownReason,
    },
  });
  if (input.withheld) return unknown('SRM_DETECTED');
  try {
    const pair = estimatePair(input.arms, metric, control, variant, input.definition.design === 'BANDIT');
    if (!pair) return unknown('INSUFFICIENT_SAMPLE');
    const { controlUnits, variantUnits, controlMean, variantMean, effect, spread } = pair;
    const estimates = { controlUnits, variantUnits, controlMean, variantMean, effect, lift: plainLift(pair) };
    if (!spread) return unknown(Math.min(controlUnits, variantUnits) < 2 ? 'INSUFFICIENT_SAMPLE' : 'ZERO_VARIANCE', estimates);
    return judge(input, metric, variant, pair, spread, estimates, previous);
  } catch (error) {
    if (error instanceof StatisticsError) return unknown('INVALID_DATA');
    throw error;
  }
}

function judge(
  input: ComparisonsInput,
  metric: MetricDefinition,
  variant: string,
  pair: PairEstimate,
  spread: PairSpread,
  estimates: Partial<Comparison>,
  previous: CarriedComparison,
): Draft {
  const level = 1 - input.definition.evaluation.alpha;
  const lifted = liftOf(pair, spread);
  const reading = input.look && readLook(input.look, pair, spread);
  const carried = reading ? carryOn(previous, reading.pValue, pair, spread, lifted, reading.multiplier, level) : previous;
  const isShown = reading !== null || (input.isLastLook && previous.pValue !== null);
  const present = reading && {
    interval: around(pair.effect, reading.multiplier * spread.standardError, level),
    liftInterval: lifted && liftInterval(pair, spread, lifted, reading.multiplier, level),
  };
  const reason: UnknownReason | null = isShown ? (lifted ? null : 'ZERO_BASELINE') : 'INSUFFICIENT_SAMPLE';
  return {
    metric,
    carried,
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

function carryOn(
  previous: CarriedComparison,
  pValue: number,
  pair: PairEstimate,
  spread: PairSpread,
  lifted: LiftEstimate | null,
  multiplier: number,
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
  };
}

/** Adjusts over variants x (primary + secondary); each guardrail stands for itself. Nothing is significant that is not confirmatory. */
function withFamily({ definition, confirmatory }: ComparisonsInput, drafts: readonly Draft[]): readonly Comparison[] {
  const { alpha, correction } = definition.evaluation;
  const family = drafts.filter(({ metric }) => metric.role !== 'GUARDRAIL');
  const adjusted = adjustPValues(
    family.map(({ comparison }) => comparison.pValue),
    correction,
    family.length,
  );
  return drafts.map((draft) => {
    const place = family.indexOf(draft);
    const { comparison, carried, metric } = draft;
    const adjustedPValue = place < 0 ? comparison.pValue : (adjusted[place] ?? null);
    const significant = confirmatory && adjustedPValue !== null && adjustedPValue <= alpha;
    return { ...comparison, adjustedPValue, significant, outcome: significant ? outcomeOf(comparison, carried, metric) : 'INCONCLUSIVE' };
  });
}

/** The smallest p-value spoke for one side; when the estimate has crossed over since, the direction is open. */
function outcomeOf({ effect }: Comparison, { side }: CarriedComparison, { direction }: MetricDefinition): ComparisonOutcome {
  if (effect === null || side === 0 || sideOf(effect) !== side) return 'INCONCLUSIVE';
  return side > 0 === (direction === 'INCREASE') ? 'BETTER' : 'WORSE';
}

function sideOf(effect: number): -1 | 0 | 1 {
  if (effect === 0) return 0;
  return effect > 0 ? 1 : -1;
}

function plainLift({ controlMean, effect }: PairEstimate): number | null {
  return controlMean === 0 ? null : effect / Math.abs(controlMean);
}

/** The lift whose estimate would clear the present half width with the plan's power. */
function detectable(
  definition: Definition,
  { controlMean }: PairEstimate,
  { standardError }: PairSpread,
  multiplier: number,
): number | null {
  if (controlMean === 0) return null;
  return ((multiplier + normalQuantile(definition.evaluation.power, 'lower')) * standardError) / Math.abs(controlMean);
}

function nullComparison({ key, role }: MetricDefinition, variant: string, confirmatory: boolean): Comparison {
  return {
    variant,
    metric: key,
    role,
    controlUnits: 0,
    variantUnits: 0,
    controlMean: null,
    variantMean: null,
    effect: null,
    lift: null,
    standardError: null,
    interval: null,
    liftInterval: null,
    pValue: null,
    adjustedPValue: null,
    probabilityToBeatControl: null,
    expectedLoss: null,
    minimumDetectableEffect: null,
    significant: false,
    outcome: 'INCONCLUSIVE',
    confirmatory,
    unknownReason: null,
  };
}
