import { requireValid, StatisticsError } from './statistics-error.js';

/**
 * The nearest weights (Euclidean) that sum to 1 within bounds: w_i = min(max(v_i - shift, lower_i), upper_i), where the shift is
 * found exactly between the sorted points at which a weight meets a bound. Clipping and rescaling would break both bounds.
 *
 * @param weights      finite
 * @param lower,upper  of the same length, lower_i <= upper_i
 * @throws StatisticsError INVALID_DATA for what is not finite, INFEASIBLE_CONSTRAINTS when no weights meet the bounds
 * @example projectToBounds([0.97, 0.01, 0.01, 0.01], Array(4).fill(0.05), Array(4).fill(0.9)); // [0.85, 0.05, 0.05, 0.05]
 */
export function projectToBounds(weights: readonly number[], lower: readonly number[], upper: readonly number[]): readonly number[] {
  requireValid(weights.length > 0 && lower.length === weights.length && upper.length === weights.length, 'needs bounds for each weight');
  for (const value of [...weights, ...lower, ...upper])
    requireValid(Number.isFinite(value), `weights and bounds must be finite, received ${value}`);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const slack = 1e-12;
  const isOrdered = lower.every((bound, index) => bound <= (upper[index] ?? bound));
  if (!isOrdered || sum(lower) > 1 + slack || sum(upper) < 1 - slack) {
    throw new StatisticsError(
      'INFEASIBLE_CONSTRAINTS',
      `no weights that sum to 1 lie within [${lower.join(', ')}] and [${upper.join(', ')}]`,
    );
  }
  const at = (shift: number) => weights.map((weight, index) => Math.min(Math.max(weight - shift, lower[index] ?? 0), upper[index] ?? 1));
  const breakpoints = weights
    .flatMap((weight, index) => [weight - (upper[index] ?? 1), weight - (lower[index] ?? 0)])
    .toSorted((a, b) => a - b);
  // The sum falls as the shift grows; between two neighbouring breakpoints it is a straight line.
  let left = 0;
  let right = breakpoints.length - 1;
  while (right - left > 1) {
    const middle = (left + right) >> 1;
    if (sum(at(breakpoints[middle] ?? 0)) >= 1) left = middle;
    else right = middle;
  }
  const from = breakpoints[left] ?? 0;
  const to = breakpoints[right] ?? 0;
  const inside = from + (to - from) / 2;
  const free = weights.filter((weight, index) => weight - inside > (lower[index] ?? 0) && weight - inside < (upper[index] ?? 1)).length;
  const shift = free === 0 ? from : from + (sum(at(from)) - 1) / free;
  return at(shift);
}

/**
 * One step of a bandit's weights: the target within its bounds, mixed with the present weights, within the bounds again.
 *
 * @param share  of the new weights in the mixture, in [0, 1]
 * @throws StatisticsError as {@link projectToBounds}
 */
export function smoothedWeights(
  current: readonly number[],
  target: readonly number[],
  share: number,
  lower: readonly number[],
  upper: readonly number[],
): readonly number[] {
  requireValid(share >= 0 && share <= 1, `a share is in [0, 1], received ${share}`);
  requireValid(current.length === target.length, 'present weights and target differ in length');
  for (const weight of current) requireValid(Number.isFinite(weight), `weights must be finite, received ${weight}`);
  const projected = projectToBounds(target, lower, upper);
  const mixed = projected.map((weight, index) => share * weight + (1 - share) * (current[index] ?? 0));
  return projectToBounds(mixed, lower, upper);
}
