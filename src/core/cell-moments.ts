import type { Cell, PeriodCells } from './analysis-periods.js';
import type { MetricType } from './experiment.js';
import { type CovariateAdjustment, covariateAdjustment } from './stats/cuped.js';
import { covarianceFromSums, momentsFromSums, quotient, ratioMomentsFromSums, ratioOfSums } from './stats/exact-sums.js';
import type { Moments } from './stats/moments.js';
import { requireValid } from './stats/statistics-error.js';

/** How the units of a cell are measured. */
export interface Measure {
  readonly type: MetricType;
  /** What values before exposure explain, to be taken off; null: nothing. */
  readonly covariate: CovariateAdjustment | null;
}

/** A variance that is so small a share of what it is the difference of is nothing but rounding. */
const rounding = 1e-12;

/**
 * Mean of an arm: of its units, of those after the adjustment, or the ratio of its sums.
 *
 * @param cell  one unit or more
 * @throws StatisticsError ZERO_BASELINE where nothing is below the line of a ratio
 */
export function cellMean({ units, sum, second }: Cell, { type, covariate }: Measure): number {
  if (type === 'RATIO') return ratioOfSums(sum, second.sum);
  const mean = meanOf(sum, units);
  return covariate ? mean - covariate.theta * (meanOf(second.sum, units) - covariate.meanX) : mean;
}

/**
 * Mean of an arm and the variance of a unit, so that the mean's own variance is `variance / n`: for a ratio that of the unit's part in it
 * (delta method), with a covariate that of what is left of the unit's value.
 *
 * @throws StatisticsError ZERO_BASELINE, INSUFFICIENT_SAMPLE below two units, INVALID_DATA
 */
export function cellMoments(cell: Cell, measure: Measure): Moments {
  const { units, sum, squares, second } = cell;
  if (measure.type === 'RATIO') return ratioMomentsFromSums(units, sum, squares, second);
  const plain = momentsFromSums(units, sum, squares);
  if (!measure.covariate) return plain;
  const { theta } = measure.covariate;
  const before = momentsFromSums(units, second.sum, second.squares);
  const terms = plain.variance + theta ** 2 * before.variance;
  const left = terms - 2 * theta * covarianceFromSums(units, sum, second);
  requireValid(Number.isFinite(left), 'the adjusted variance is beyond any double');
  return { n: units, mean: cellMean(cell, measure), variance: left > rounding * terms ? left : 0 };
}

/**
 * The one adjustment of a metric for values before exposure, from the covariance inside all arms and periods of the experiment, which neither an
 * effect nor a drift disturbs.
 *
 * @param periods  with a cell for each variant
 * @returns null when there are no two units that could tell
 * @throws StatisticsError INVALID_DATA
 * @see Deng, Xu, Kohavi and Walker (2013)
 */
export function covariateOf(periods: readonly PeriodCells[]): CovariateAdjustment | null {
  const cells = periods.flatMap((period) => period.cells).filter(({ units }) => units > 1);
  if (cells.length === 0) return null;
  return covariateAdjustment(
    cells.map(({ units, sum, squares, second }) => {
      const outcome = momentsFromSums(units, sum, squares);
      const before = momentsFromSums(units, second.sum, second.squares);
      return {
        n: units,
        meanY: outcome.mean,
        varianceY: outcome.variance,
        meanX: before.mean,
        varianceX: before.variance,
        covariance: covarianceFromSums(units, sum, second),
      };
    }),
  );
}

function meanOf(sum: Cell['sum'], units: number): number {
  return quotient(sum.digits, BigInt(units) * 10n ** BigInt(sum.scale));
}
