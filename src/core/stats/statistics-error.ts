/** Why a method has no number to give. */
export type NoNumberReason = 'INVALID_DATA' | 'INSUFFICIENT_SAMPLE' | 'ZERO_BASELINE' | 'ZERO_VARIANCE' | 'INFEASIBLE_CONSTRAINTS';

/**
 * Thrown by every method of this folder instead of giving NaN or Infinity.
 * Checks come in the order of {@link NoNumberReason}, variance excepted, which is looked at after the sample and before the bounds.
 */
export class StatisticsError extends Error {
  override readonly name = 'StatisticsError';
  readonly reason: NoNumberReason;

  constructor(reason: NoNumberReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** @throws StatisticsError INVALID_DATA with the message unless the condition holds */
export function requireValid(condition: boolean, message: string): asserts condition {
  if (!condition) throw new StatisticsError('INVALID_DATA', message);
}

/** @throws StatisticsError INVALID_DATA unless every number is finite */
export function requireFinite(values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) requireValid(Number.isFinite(value), `${name} must be finite, received ${value}`);
}

/** @throws StatisticsError INVALID_DATA unless it is strictly between 0 and 1 */
export function requireLevel(name: string, level: number): void {
  requireValid(level > 0 && level < 1, `${name} must be in (0, 1), received ${level}`);
}

/** @throws StatisticsError INVALID_DATA unless it is a whole number >= 0 that a double holds exactly */
export function requireCount(name: string, count: number): void {
  requireValid(Number.isSafeInteger(count) && count >= 0, `${name} must be a whole number from 0, received ${count}`);
}

/**
 * Parameters of distributions, where no double overflows on the way.
 *
 * @throws StatisticsError INVALID_DATA unless it lies from 1e-300 to the most
 */
export function requireShape(name: string, shape: number, most = 1e15): void {
  requireValid(shape >= 1e-300 && shape <= most, `${name} must be above 0 and at most ${most}, received ${shape}`);
}

/**
 * A result as it is, once every number in it, in lists and members too, is known to be one.
 *
 * @throws StatisticsError INVALID_DATA when the data are so large or so small that a number is beyond any double
 */
export function finite<Result>(result: Result): Result {
  requireValid(isAllFinite(result), 'the data are too large or too small: a result is beyond any double');
  return result;
}

function isAllFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value !== 'object' || Object.values(value).every(isAllFinite);
}
