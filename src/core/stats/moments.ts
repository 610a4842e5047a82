import type { Moments } from './exact-sums.js';
import { requireCount, requireFinite, requireValid, StatisticsError } from './statistics-error.js';

export type { Moments } from './exact-sums.js';

/**
 * Moments of raw values in two passes. @throws StatisticsError INVALID_DATA for a value that is not finite, INSUFFICIENT_SAMPLE below two
 * @see Chan, Golub and LeVeque (1983)
 */
export function sampleMoments(values: readonly number[]): Moments {
  for (const value of values) requireValid(Number.isFinite(value), `values must be finite, received ${value}`);
  const n = values.length;
  if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `a variance needs 2 values, received ${n}`);
  let mean = values.reduce((sum, value) => sum + value, 0) / n;
  // The first mean carries the rounding of a long sum; the mean of what is left over takes it out.
  mean += values.reduce((sum, value) => sum + (value - mean), 0) / n;
  let squares = 0;
  let rest = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    rest += value - mean;
  }
  const variance = Math.max(0, squares - rest ** 2 / n) / (n - 1);
  requireFinite({ mean, variance });
  return { n, mean, variance };
}

/**
 * Moments of the union of disjoint parts. A part of one unit has variance 0; one of none changes nothing.
 *
 * @throws StatisticsError INVALID_DATA for a bad part, INSUFFICIENT_SAMPLE when all together hold fewer than two units
 * @see Chan, Golub and LeVeque (1983)
 */
export function mergeMoments(parts: readonly Moments[]): Moments {
  let n = 0;
  let mean = 0;
  let squares = 0;
  for (const part of parts) {
    requireCount('n', part.n);
    requireFinite({ mean: part.mean, variance: part.variance });
    requireValid(part.variance >= 0, `a variance cannot be negative, received ${part.variance}`);
    if (part.n === 0) continue;
    const total = n + part.n;
    const delta = part.mean - mean;
    squares += part.variance * (part.n - 1) + delta ** 2 * ((n / total) * part.n);
    mean += delta * (part.n / total);
    n = total;
  }
  if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `a variance needs 2 units, received ${n}`);
  const variance = squares / (n - 1);
  requireFinite({ mean, variance });
  return { n, mean, variance };
}

/** @throws StatisticsError INVALID_DATA, then INSUFFICIENT_SAMPLE below two units */
export function requireMoments(...arms: readonly Moments[]): void {
  for (const { n, mean, variance } of arms) {
    requireCount('n', n);
    requireFinite({ mean, variance });
    requireValid(variance >= 0, `a variance cannot be negative, received ${variance}`);
  }
  for (const { n } of arms) if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `an arm needs 2 units, received ${n}`);
}
