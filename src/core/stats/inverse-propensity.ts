import type { Moments } from './moments.js';
import { requireCount, requireFinite, requireValid, StatisticsError } from './statistics-error.js';

/** An arm in a period with the chance at which a unit of that period was given it: known exactly, as weights are. */
export interface PropensityCell extends Moments {
  /** In (0, 1]; 0 for an arm that had no units then. */
  readonly propensity: number;
}

export interface PropensityMean {
  /** Sum of weighted values over all units of all arms: unbiased, but it varies with the counts. */
  readonly horvitzThompson: number;
  /** Sum of weighted values over the sum of weights. */
  readonly hajek: number;
  /** Of Hajek's mean, by linearisation. */
  readonly hajekStandardError: number;
}

/**
 * Means of each arm over all periods, units weighted by 1/propensity, so that periods count alike in every arm whatever the allocation was.
 * Hajek's variance: sum of w^2 ((n - 1) s^2 + n (mean - m)^2) over (sum of w n)^2.
 *
 * @param periods  each with the same arms in the same order
 * @throws StatisticsError INVALID_DATA also for units where the propensity is 0, INSUFFICIENT_SAMPLE when an arm has nobody in any period
 * @see Horvitz and Thompson (1952); Hajek (1971); Hadad et al. (2021), arXiv:1911.02768
 */
export function inversePropensityMeans(periods: readonly (readonly PropensityCell[])[]): readonly PropensityMean[] {
  const arms = periods[0]?.length ?? 0;
  for (const cells of periods) {
    requireValid(cells.length === arms, `every period needs the same arms, received ${cells.length} and ${arms}`);
    for (const { n, mean, variance, propensity } of cells) {
      requireCount('n', n);
      requireFinite({ mean, variance });
      requireValid(variance >= 0, `a variance cannot be negative, received ${variance}`);
      requireValid(propensity >= 0 && propensity <= 1, `a propensity is in [0, 1], received ${propensity}`);
      requireValid(propensity > 0 || n === 0, `${n} units in an arm that was given none`);
    }
  }
  if (arms === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no periods or no arms');
  const units = periods.flat().reduce((sum, { n }) => sum + n, 0);
  return Array.from({ length: arms }, (_, arm) => {
    const cells = periods.flatMap((period) => period.slice(arm, arm + 1)).filter(({ n }) => n > 0);
    return meanOf(cells, units);
  });
}

function meanOf(cells: readonly PropensityCell[], units: number): PropensityMean {
  if (cells.length === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'an arm has nobody in any period');
  const weighted = cells.reduce((sum, { n, mean, propensity }) => sum + (n * mean) / propensity, 0);
  const weights = cells.reduce((sum, { n, propensity }) => sum + n / propensity, 0);
  const hajek = weighted / weights;
  const squares = cells.reduce(
    (sum, { n, mean, variance, propensity }) => sum + ((n - 1) * variance + n * (mean - hajek) ** 2) / propensity ** 2,
    0,
  );
  return { horvitzThompson: weighted / units, hajek, hajekStandardError: Math.sqrt(squares) / weights };
}
