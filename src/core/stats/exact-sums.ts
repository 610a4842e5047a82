import { requireCount, requireValid, StatisticsError } from './statistics-error.js';

/** Mean and unbiased variance (n - 1) of one value a unit, with the number of units. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** A decimal number without rounding: digits x 10^-scale. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Decimal text as it is, e.g. `"-12.50"` or `"1.5e9"`. @throws StatisticsError INVALID_DATA for anything else, `"NaN"` and `"Infinity"` too */
export function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim());
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  requireValid(match !== null && whole.length + fraction.length > 0, `not a decimal number: ${text.slice(0, 40)}`);
  const magnitude = BigInt(`${whole}${fraction}`);
  const digits = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** The sum of two decimals, exact. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: atScale(a, scale) + atScale(b, scale), scale };
}

/**
 * Mean and variance from running sums, in whole numbers with one rounding at the end: nothing cancels, whatever the mean is against the deviation.
 *
 * @param n             units
 * @param sum           sum of x, exact
 * @param sumOfSquares  sum of x squared, exact
 * @throws StatisticsError INVALID_DATA when the sums contradict one another, INSUFFICIENT_SAMPLE below two units
 */
export function momentsFromSums(n: number, sum: Decimal, sumOfSquares: Decimal): Moments {
  requireCount('n', n);
  checkSums(n, sum, sumOfSquares);
  if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `a variance needs 2 units, received ${n}`);
  const scale = Math.max(sum.scale * 2, sumOfSquares.scale);
  const count = BigInt(n);
  const centred = count * atScale(sumOfSquares, scale) - atScale({ digits: sum.digits ** 2n, scale: 2 * sum.scale }, scale);
  return {
    n,
    mean: quotient(sum.digits, count * 10n ** BigInt(sum.scale)),
    variance: quotient(centred, count * (count - 1n) * 10n ** BigInt(scale)),
  };
}

/** @throws StatisticsError INVALID_DATA when no n values can have these sums: corrupt totals, never to be clamped */
export function checkSums(n: number, sum: Decimal, sumOfSquares: Decimal): void {
  const scale = Math.max(sum.scale * 2, sumOfSquares.scale);
  const squares = atScale(sumOfSquares, scale);
  const squareOfSum = atScale({ digits: sum.digits ** 2n, scale: 2 * sum.scale }, scale);
  requireValid(BigInt(n) * squares >= squareOfSum, 'the sum of squares is below what the sum needs');
  requireValid(n > 0 || squares === 0n, 'sums without units');
}

/**
 * A quotient of whole numbers as the nearest double.
 *
 * @param denominator  above 0
 */
export function quotient(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n) return -quotient(-numerator, denominator);
  const shift = Math.max(0, 66 + bitLength(denominator) - bitLength(numerator));
  const shifted = numerator << BigInt(shift);
  // The last bit stands for whatever the division leaves, so that the one rounding to a double sees it.
  const sticky = shifted % denominator === 0n ? 0n : 1n;
  const halves = Math.trunc(shift / 2);
  return Number((shifted / denominator) | sticky) / 2 ** halves / 2 ** (shift - halves);
}

function atScale(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale);
}

function bitLength(value: bigint): number {
  return value.toString(16).length * 4;
}
