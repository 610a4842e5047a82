import { type Cell, type PeriodCells, periodsOf, wholeCell } from './analysis-periods.js';
import { cellMean, covariateOf, type Measure } from './cell-moments.js';
import type { ArmSums } from './evaluation-types.js';
import type { MetricDefinition, MetricType } from './experiment.js';
import { type PairSpread, spreadOf } from './pair-spread.js';
import { strataOf } from './post-strata.js';
import type { CovariateAdjustment } from './stats/cuped.js';
import { momentsFromSums } from './stats/exact-sums.js';

/** Units an arm from which a confidence sequence is read: it is an asymptotic one. */
export const sequenceFloor = 100;

const fewConversions = 10;
const manyExpected = 20;

/** Below so many standard errors from 0 (20 equal denominators have that) the delta method misleads: 7% of A/A tests of 10 were significant. */
const sureDenominator = Math.sqrt(20);
/** Of few units, which are clusters, none of them without a denominator. */
const sureOfFew = 2;

/** A variant against the control on one metric, before any question of significance. Means differ by `effect`. */
export interface PairEstimate {
  readonly controlUnits: number;
  readonly variantUnits: number;
  readonly controlMean: number;
  readonly variantMean: number;
  readonly effect: number;
  /** Null when an arm has one unit, or nothing varies; of arms that differ it is there all the same for rates, and for whoever `isCautious`. */
  readonly spread: PairSpread | null;
  /** Too few conversions or units with an event in an arm, or too little below the line of a ratio, for a normal approximation. */
  readonly isTooFew: boolean;
  /** What is compared: one period or segment or more, the control's cell before the variant's. */
  readonly periods: readonly PeriodCells[];
}

/** What is to be estimated. */
export interface PairQuestion {
  readonly metric: Pick<MetricDefinition, 'key' | 'type'>;
  readonly control: string;
  readonly variant: string;
  /** Whether weights follow the data (a bandit), so that they may have moved inside a period too. */
  readonly isAdaptive: boolean;
  /** For {@link strataOf}; left out: none. */
  readonly segments?: readonly (readonly ArmSums[])[];
  /** From {@link adjustmentOf}; left out: null. */
  readonly covariate?: CovariateAdjustment | null;
  /** Whether an arm in which hardly anything varies is held to vary more than it has so far, for {@link spreadOf}; left out: false. */
  readonly isCautious?: boolean;
}

/**
 * One period: plain means (Welch), of what values before exposure leave where the metric is adjusted for them, or ratios of sums. Several: the
 * difference inside each period, combined with weights fixed by the periods' totals over all variants, so that weights that move under a drifting
 * base rate cannot fake an effect. Inside registered segments likewise, which takes off what lies between them.
 *
 * @returns null when an arm has nobody
 * @throws StatisticsError INVALID_DATA when totals contradict one another, ZERO_BASELINE where nothing is below the line of a ratio
 */
export function estimatePair(arms: readonly ArmSums[], question: PairQuestion): PairEstimate | null {
  const { metric, control, variant, isAdaptive, segments = [], covariate = null, isCautious = false } = question;
  const measure: Measure = { type: metric.type, covariate };
  const { periods, haveMovingWeights } = strataOf(arms, { metric, variants: [control, variant], isAdaptive, segments });
  const cells = [wholeCell(periods, 0), wholeCell(periods, 1)] as const;
  if (cells.some(({ units }) => units === 0)) return null;
  const [controlMean = 0, variantMean = 0] =
    periods.length > 1 ? weightedMeans(periods, measure) : cells.map((cell) => cellMean(cell, measure));
  return {
    controlUnits: cells[0].units,
    variantUnits: cells[1].units,
    controlMean,
    variantMean,
    effect: variantMean - controlMean,
    spread: spreadOf(periods, measure, { hasMovingWeights: haveMovingWeights, isCautious }),
    isTooFew: areTooFew(metric.type, ...cells) || (metric.type === 'RATIO' && cells.some(hasUnsureDenominator)),
    periods,
  };
}

/** The adjustment for values before exposure that all arms of an experiment share; null for a metric without one. @throws StatisticsError INVALID_DATA */
export function adjustmentOf(arms: readonly ArmSums[], metric: MetricDefinition, variants: readonly string[]): CovariateAdjustment | null {
  return metric.cuped && metric.type !== 'RATIO' ? covariateOf(periodsOf(arms, metric, variants)) : null;
}

function weightedMeans(periods: readonly PeriodCells[], measure: Measure): readonly number[] {
  const all = periods.reduce((sum, { total }) => sum + total, 0);
  return [0, 1].map((arm) => periods.reduce((sum, { cells, total }) => sum + (total / all) * cellMean(cells[arm] as Cell, measure), 0));
}

function hasUnsureDenominator({ units, second }: Cell): boolean {
  if (units < 2) return true;
  const { mean, variance } = momentsFromSums(units, second.sum, second.squares);
  return Math.abs(mean) < (units < sequenceFloor ? sureOfFew : sureDenominator) * Math.sqrt(variance / units);
}

/**
 * Fewer than 10 conversions (or units without one) in an arm where no more than 20 were to be expected at the common rate.
 * An arm that has none where hundreds were due is no small sample: that is the harm one looks for. Of other values the same, by units with an
 * event, in arms of 100 units and more: a mean that rests on a handful of them is no better known.
 */
function areTooFew(type: MetricType, control: Cell, variant: Cell): boolean {
  const units = control.units + variant.units;
  const converted = control.converted + variant.converted;
  return [control, variant].some((arm) => {
    const expected = (arm.units / units) * converted;
    const isRare = arm.converted < fewConversions && expected <= manyExpected;
    if (type !== 'CONVERSION') return isRare && arm.units >= sequenceFloor;
    return isRare || (arm.units - arm.converted < fewConversions && arm.units - expected <= manyExpected);
  });
}
