import { finite, requireCount, requireFinite, requireValid, StatisticsError } from './statistics-error.js';

/** One arm of one allocation version, with the propensity that was planned for it. */
export interface PropensityCell {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
  /** In (0, 1]; 0 for an arm that had nobody then. */
  readonly propensity: number;
}

/**
 * Means of the arms over several allocation versions, each unit weighted by the inverse of its planned propensity: Horvitz-Thompson, and Hajek
 * with its linearised standard error, sum of w^2 ((n - 1) s^2 + n (mean - m)^2) over (sum of w n)^2. Agrees with the stratified estimate to sampling error; a cross-check.
 *
 * @param periods  the arms of each version, in one order
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE when an arm has nobody
 * @see Hadad et al. (2021)
 */
export function inversePropensityMeans(periods: readonly (readonly PropensityCell[])[]) {
  const count = periods[0]?.length ?? 0;
  requireValid(count > 0 && periods.every((arms) => arms.length === count), 'needs the same arms in every period');
  for (const { n, mean, variance, propensity } of periods.flat()) {
    requireCount('n', n);
    requireFinite({ mean, variance, propensity });
    requireValid(
      variance >= 0 && propensity >= 0 && propensity <= 1,
      `needs a variance >= 0 and a propensity in [0, 1], received ${variance}, ${propensity}`,
    );
    requireValid(propensity > 0 || n === 0, `${n} units in an arm that was given none`);
  }
  const units = periods.flat().reduce((sum, { n }) => sum + n, 0);
  const arms = Array.from({ length: count }, (_, index) => {
    const cells = periods.flatMap((period) => period.slice(index, index + 1)).filter(({ n }) => n > 0);
    const weight = cells.reduce((sum, { n, propensity }) => sum + n / propensity, 0);
    if (weight === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'an arm has nobody');
    const total = cells.reduce((sum, { n, mean, propensity }) => sum + (n * mean) / propensity, 0);
    const hajek = total / weight;
    const squares = cells.reduce(
      (sum, { n, mean, variance, propensity }) => sum + ((n - 1) * variance + n * (mean - hajek) ** 2) / propensity ** 2,
      0,
    );
    return { horvitzThompson: total / units, hajek, standardError: Math.sqrt(squares) / weight };
  });
  return finite({
    horvitzThompson: arms.map(({ horvitzThompson }) => horvitzThompson),
    hajek: arms.map(({ hajek }) => hajek),
    hajekStandardError: arms.map(({ standardError }) => standardError),
  });
}
