import { type Cell, mergePeriods, type PeriodCells, periodsOf, wholeCell } from './analysis-periods.js';
import type { ArmSums } from './evaluation-types.js';
import type { MetricDefinition } from './experiment.js';
import { type PairSpread, spreadOf } from './pair-spread.js';
import { quotient } from './stats/exact-sums.js';

/** Units an arm from which a confidence sequence is read: it is an asymptotic one. */
export const sequenceFloor = 100;

const fewConversions = 10;
const manyExpected = 20;

/** A variant against the control on one metric, before any question of significance. Means differ by `effect`. */
export interface PairEstimate {
  readonly controlUnits: number;
  readonly variantUnits: number;
  readonly controlMean: number;
  readonly variantMean: number;
  readonly effect: number;
  /** Null when nothing varies or an arm has one unit. */
  readonly spread: PairSpread | null;
  /** Conversions: too few in an arm for its rate to be told from chance by a normal approximation. */
  readonly tooFewConversions: boolean;
}

/**
 * One period: plain means (Welch). Several: the difference inside each period, combined with weights fixed by the periods' totals over all variants,
 * so that weights that move under a drifting base rate cannot fake an effect.
 *
 * @param isAdaptive  whether weights follow the data (a bandit), so that they may have moved inside a period too
 * @returns null when an arm has nobody
 * @throws StatisticsError INVALID_DATA when totals contradict one another
 */
export function estimatePair(
  arms: readonly ArmSums[],
  metric: Pick<MetricDefinition, 'key' | 'type'>,
  control: string,
  variant: string,
  isAdaptive: boolean,
): PairEstimate | null {
  const found = periodsOf(arms, metric, [control, variant]);
  const periods = mergePeriods(found);
  const controlCell = wholeCell(periods, 0);
  const variantCell = wholeCell(periods, 1);
  if (controlCell.units === 0 || variantCell.units === 0) return null;
  const means = periods.length > 1 ? weightedMeans(periods) : [meanOf(controlCell), meanOf(variantCell)];
  const [controlMean = 0, variantMean = 0] = means;
  return {
    controlUnits: controlCell.units,
    variantUnits: variantCell.units,
    controlMean,
    variantMean,
    effect: variantMean - controlMean,
    spread: spreadOf(periods, isAdaptive || found.length > 1),
    tooFewConversions: metric.type === 'CONVERSION' && areTooFew(controlCell, variantCell),
  };
}

function meanOf({ units, sum }: Cell): number {
  return quotient(sum.digits, BigInt(units) * 10n ** BigInt(sum.scale));
}

function weightedMeans(periods: readonly PeriodCells[]): readonly number[] {
  const all = periods.reduce((sum, { total }) => sum + total, 0);
  return [0, 1].map((arm) => periods.reduce((sum, { cells, total }) => sum + (total / all) * meanOf(cells[arm] as Cell), 0));
}

/**
 * Fewer than 10 conversions (or units without one) in an arm where no more than 20 were to be expected at the common rate.
 * An arm that has none where hundreds were due is no small sample: that is the harm one looks for.
 */
function areTooFew(control: Cell, variant: Cell): boolean {
  const units = control.units + variant.units;
  const converted = control.converted + variant.converted;
  return [control, variant].some((arm) => {
    const expected = (arm.units / units) * converted;
    const isRare = arm.converted < fewConversions && expected <= manyExpected;
    const isUsual = arm.units - arm.converted < fewConversions && arm.units - expected <= manyExpected;
    return isRare || isUsual;
  });
}
