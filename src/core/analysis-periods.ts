import type { ArmSums, SecondSums } from './evaluation-types.js';
import type { MetricDefinition, MetricType } from './experiment.js';
import { addDecimals, checkSecondSums, checkSums, type Decimal, parseDecimal, type SecondDecimals } from './stats/exact-sums.js';
import { requireCount, requireValid } from './stats/statistics-error.js';

/** Exact totals of one metric in one arm over one or more periods. */
export interface Cell {
  readonly units: number;
  /** Units with at least one event. */
  readonly converted: number;
  readonly sum: Decimal;
  readonly squares: Decimal;
  /** Of the second value y, where the metric has one: below the line of a RATIO, or before exposure; else 0. */
  readonly second: SecondDecimals;
}

/** One analysis period: a cell for each arm that is compared, in one order throughout. */
export interface PeriodCells {
  readonly cells: readonly Cell[];
  /** Units of all variants of the experiment, those not compared too: the weight of the period. */
  readonly total: number;
}

/** An arm of a period holds enough to stand alone from here on. */
const enoughUnits = 100;
const enoughConversions = 10;

const zero: Decimal = { digits: 0n, scale: 0 };
const noSecond: SecondDecimals = { sum: zero, squares: zero, products: zero };
const emptyCell: Cell = { units: 0, converted: 0, sum: zero, squares: zero, second: noSecond };

/**
 * The periods of some variants in one metric, oldest first, one cell for each variant asked for.
 *
 * @param arms      cells in any order; those of other variants count in `total` only
 * @throws StatisticsError INVALID_DATA when totals contradict one another
 */
export function periodsOf(
  arms: readonly ArmSums[],
  metric: Pick<MetricDefinition, 'key' | 'type'>,
  variants: readonly string[],
): readonly PeriodCells[] {
  const byPeriod = new Map<number, { readonly cells: Cell[]; total: number }>();
  for (const arm of arms) {
    const period = byPeriod.get(arm.period) ?? { cells: variants.map(() => emptyCell), total: 0 };
    byPeriod.set(arm.period, period);
    period.total += arm.units;
    const index = variants.indexOf(arm.variant);
    const present = period.cells[index];
    if (present) period.cells[index] = addCells(present, cellOf(arm, metric));
  }
  return [...byPeriod].toSorted(([a], [b]) => a - b).map(([, period]) => period);
}

/**
 * Periods made fit for comparison: those in which an arm had nobody are left out, for nothing ran beside the others there, and neighbours are
 * merged until every arm holds 100 units and 10 conversions, and something below the line of a ratio. When that is never reached all are one.
 *
 * @param type  of the metric
 * @param leastConversions  that an arm of a period needs, where not 10
 * @returns one or more, unless there were none
 */
export function mergePeriods(
  periods: readonly PeriodCells[],
  type: MetricType,
  leastConversions = enoughConversions,
): readonly PeriodCells[] {
  const shared = periods.filter(({ cells }) => cells.every(({ units }) => units > 0));
  const merged: PeriodCells[] = [];
  let open: PeriodCells | null = null;
  for (const period of shared.length > 0 ? shared : periods) {
    open = open ? addPeriods(open, period) : period;
    if (open.cells.every((cell) => standsAlone(cell, type, leastConversions))) {
      merged.push(open);
      open = null;
    }
  }
  const last = merged.pop();
  if (open) return [...merged, last ? addPeriods(last, open) : open];
  return last ? [...merged, last] : [];
}

/** Whether a cell holds enough for an arm of it to be compared. */
export function standsAlone({ units, converted, second }: Cell, type: MetricType, leastConversions = enoughConversions): boolean {
  return units >= enoughUnits && converted >= leastConversions && (type !== 'RATIO' || second.sum.digits !== 0n);
}

/** One arm's totals over all periods. @param index the arm's place in the cells */
export function wholeCell(periods: readonly PeriodCells[], index: number): Cell {
  return periods.reduce((sum, { cells }) => addCells(sum, cells[index] ?? emptyCell), emptyCell);
}

function cellOf(arm: ArmSums, metric: Pick<MetricDefinition, 'key' | 'type'>): Cell {
  requireCount('units', arm.units);
  const sums = Object.hasOwn(arm.metrics, metric.key) ? arm.metrics[metric.key] : undefined;
  if (!sums) return { ...emptyCell, units: arm.units };
  requireCount('units with an event', sums.units);
  requireValid(sums.units <= arm.units, `${sums.units} units did it, of ${arm.units} exposed`);
  const second = sums.second ? secondOf(sums.second) : noSecond;
  const cell = { units: arm.units, converted: sums.units, sum: parseDecimal(sums.sumX), squares: parseDecimal(sums.sumX2), second };
  checkSums(cell.units, cell.sum, cell.squares);
  if (sums.second) checkSecondSums(cell.units, cell.sum, cell.squares, second);
  if (metric.type === 'CONVERSION') requireWholeConversions(cell);
  return cell;
}

function secondOf({ sumY, sumY2, sumXY }: SecondSums): SecondDecimals {
  return { sum: parseDecimal(sumY), squares: parseDecimal(sumY2), products: parseDecimal(sumXY) };
}

/** Every x is 0 or 1: the sum is a whole number from 0 to the units and equals the sum of squares. */
function requireWholeConversions({ units, sum, squares }: Cell): void {
  const one = 10n ** BigInt(sum.scale);
  requireValid(
    sum.digits >= 0n && sum.digits % one === 0n && sum.digits <= BigInt(units) * one,
    'conversions are not whole units of those exposed',
  );
  requireValid(sum.digits * 10n ** BigInt(squares.scale) === squares.digits * one, 'a conversion is 0 or 1 a unit');
}

function addCells(a: Cell, b: Cell): Cell {
  return {
    units: a.units + b.units,
    converted: a.converted + b.converted,
    sum: addDecimals(a.sum, b.sum),
    squares: addDecimals(a.squares, b.squares),
    second: {
      sum: addDecimals(a.second.sum, b.second.sum),
      squares: addDecimals(a.second.squares, b.second.squares),
      products: addDecimals(a.second.products, b.second.products),
    },
  };
}

/** Both taken together, cell by cell. */
export function addPeriods(a: PeriodCells, b: PeriodCells): PeriodCells {
  return { cells: a.cells.map((cell, index) => addCells(cell, b.cells[index] ?? emptyCell)), total: a.total + b.total };
}

/** What to add in order to take it away again. */
export function negatedPeriod({ cells, total }: PeriodCells): PeriodCells {
  const negated = ({ digits, scale }: Decimal): Decimal => ({ digits: -digits, scale });
  return {
    cells: cells.map(({ units, converted, sum, squares, second }) => ({
      units: -units,
      converted: -converted,
      sum: negated(sum),
      squares: negated(squares),
      second: { sum: negated(second.sum), squares: negated(second.squares), products: negated(second.products) },
    })),
    total: -total,
  };
}
