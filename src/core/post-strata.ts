import { addPeriods, mergePeriods, negatedPeriod, type PeriodCells, periodsOf, standsAlone } from './analysis-periods.js';
import type { ArmSums } from './evaluation-types.js';
import type { MetricDefinition } from './experiment.js';
import { requireValid } from './stats/statistics-error.js';

/** What units are compared inside, so that what differs between them cannot pass for an effect, and does not blur one. */

export interface StrataQuestion {
  readonly metric: Pick<MetricDefinition, 'key' | 'type'>;
  /** Keys of what is compared; cells are in their order. */
  readonly variants: readonly string[];
  /** Whether weights follow the data (a bandit), so that they may have moved inside a period too. */
  readonly isAdaptive: boolean;
  /** The arms again, one list for each value of the attribute that the plan registers first; empty: for none. */
  readonly segments: readonly (readonly ArmSums[])[];
}

export interface Strata {
  /** One or more, unless there were none. */
  readonly periods: readonly PeriodCells[];
  /** Whether they are periods of weights that moved, or may have. */
  readonly haveMovingWeights: boolean;
}

/**
 * Periods that are merged have shared out their units differently, so a base rate that drifts leaves a part of itself in the effect: with 10
 * conversions an arm an effect of 0.80 points was 0.99 on average (floor 0.05, 3% to 9%), with one 0.86. What few conversions say too little of,
 * the variance, is held up by that of both arms together.
 */
const leastConversionsOfPeriod = 1;

/**
 * Periods where weights have moved; else, for every type but RATIO, the segments of the first registered attribute (post-stratification), those
 * that hold less than 100 units and 10 conversions an arm taken together.
 *
 * @throws StatisticsError INVALID_DATA when totals contradict one another
 * @see Miratrix, Sekhon and Yu (2013), Adjusting treatment effect estimates by post-stratification
 */
export function strataOf(arms: readonly ArmSums[], { metric, variants, isAdaptive, segments }: StrataQuestion): Strata {
  const found = periodsOf(arms, metric, variants);
  const haveMovingWeights = isAdaptive || found.length > 1;
  const [whole] = found;
  // The ratio of sums in all is no mean of those in segments.
  if (haveMovingWeights || !whole || metric.type === 'RATIO')
    return { periods: mergePeriods(found, metric.type, leastConversionsOfPeriod), haveMovingWeights };
  const large = segments
    .flatMap((own) => periodsOf(own, metric, variants))
    .filter(({ cells }) => cells.every((cell) => standsAlone(cell, metric.type)))
    .toSorted((a, b) => b.total - a.total);
  const rest = large.reduce((left, own) => addPeriods(left, negatedPeriod(own)), whole);
  requireValid(
    rest.cells.every(({ units }) => units >= 0),
    'segments hold more units than there are',
  );
  const smallest = large.at(-1);
  const isRestLarge = rest.cells.every((cell) => standsAlone(cell, metric.type));
  const periods = smallest && !isRestLarge ? [...large.slice(0, -1), addPeriods(smallest, rest)] : [...large, rest];
  return { periods, haveMovingWeights };
}
