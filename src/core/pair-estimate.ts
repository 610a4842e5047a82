import { type Cell, mergePeriods, type PeriodCells, periodsOf, wholeCell } from './analysis-periods.js';
import type { ArmSums } from './evaluation-types.js';
import type { MetricDefinition } from './experiment.js';
import { momentsFromSums, quotient } from './stats/exact-sums.js';
import { normalQuantile, normalTails } from './stats/normal.js';
import { StatisticsError } from './stats/statistics-error.js';
import { type Stratum, stratifiedDifference } from './stats/stratified.js';
import { studentQuantile, studentTails } from './stats/student-t.js';
import { welchError } from './stats/welch.js';

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

export interface PairSpread {
  readonly standardError: number;
  /** Variances of the two means. */
  readonly controlVariance: number;
  readonly variantVariance: number;
  /** Degrees of freedom of the fixed test; null: normal. */
  readonly degreesOfFreedom: number | null;
}

/**
 * One period: plain means (Welch). Several: the difference inside each period, combined with weights fixed by the periods' totals over all variants,
 * so that weights that move under a drifting base rate cannot fake an effect.
 *
 * @returns null when an arm has nobody
 * @throws StatisticsError INVALID_DATA when totals contradict one another
 */
export function estimatePair(
  arms: readonly ArmSums[],
  metric: Pick<MetricDefinition, 'key' | 'type'>,
  control: string,
  variant: string,
): PairEstimate | null {
  const periods = mergePeriods(periodsOf(arms, metric, [control, variant]));
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
    spread: spreadOf(periods, controlCell, variantCell),
    tooFewConversions: metric.type === 'CONVERSION' && areTooFew(controlCell, variantCell),
  };
}

/**
 * The fixed test of "no effect" and the half width of its interval in standard errors.
 *
 * @param alpha  two-sided, in (0, 1)
 */
export function fixedTest(effect: number, { standardError, degreesOfFreedom }: PairSpread, alpha: number) {
  const statistic = Math.abs(effect) / standardError;
  const upper = degreesOfFreedom === null ? normalTails(statistic).upper : studentTails(statistic, degreesOfFreedom).upper;
  const multiplier = degreesOfFreedom === null ? normalQuantile(alpha / 2, 'upper') : studentQuantile(alpha / 2, degreesOfFreedom, 'upper');
  return { pValue: Math.min(1, 2 * upper), multiplier };
}

function spreadOf(periods: readonly PeriodCells[], control: Cell, variant: Cell): PairSpread | null {
  if (control.units < 2 || variant.units < 2) return null;
  try {
    if (periods.length > 1) {
      const result = stratifiedDifference(periods.map(stratumOf));
      return {
        standardError: result.standardError,
        controlVariance: result.controlVariance,
        variantVariance: result.treatmentVariance,
        degreesOfFreedom: null,
      };
    }
    const varianceOfMean = ({ units, sum, squares }: Cell) => momentsFromSums(units, sum, squares).variance / units;
    const controlVariance = varianceOfMean(control);
    const variantVariance = varianceOfMean(variant);
    const error = welchError(
      { n: control.units, varianceOfValue: controlVariance },
      { n: variant.units, varianceOfValue: variantVariance },
    );
    return { ...error, controlVariance, variantVariance };
  } catch (error) {
    if (error instanceof StatisticsError && error.reason === 'ZERO_VARIANCE') return null;
    throw error;
  }
}

function stratumOf({ cells, total }: PeriodCells): Stratum {
  const [control, treatment] = cells.map(({ units, sum, squares }) => momentsFromSums(units, sum, squares));
  return { control: control as Stratum['control'], treatment: treatment as Stratum['treatment'], weight: total };
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
