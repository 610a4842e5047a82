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

/** Exact sums of a second value y of the same units, and of the products x y. */
export interface SecondDecimals {
  readonly sum: Decimal;
  readonly squares: Decimal;
  readonly products: Decimal;
}

/** Covariance of x and y with n - 1, one rounding at the end. @throws StatisticsError INSUFFICIENT_SAMPLE below two units */
export function covarianceFromSums(
  n: number,
  sum: Decimal,
  { sum: secondSum, products }: Pick<SecondDecimals, 'sum' | 'products'>,
): number {
  requireCount('n', n);
  if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `a covariance needs 2 units, received ${n}`);
  const scale = Math.max(sum.scale + secondSum.scale, products.scale);
  const count = BigInt(n);
  const centred = count * atScale(products, scale) - atScale(product(sum, secondSum), scale);
  return quotient(centred, count * (count - 1n) * 10n ** BigInt(scale));
}

/**
 * Ratio R of the sums of x and y, and the variance of what a unit adds to it, (x - R y) / mean of y, by the delta method. In whole numbers:
 * where x follows y exactly the variance is exactly 0.
 *
 * @returns `mean` is R; its variance is `variance / n`
 * @throws StatisticsError ZERO_BASELINE when the y sum to 0, INSUFFICIENT_SAMPLE below two units, INVALID_DATA
 * @see Deng, Knoblich and Lu (2018)
 */
export function ratioMomentsFromSums(n: number, sum: Decimal, sumOfSquares: Decimal, second: SecondDecimals): Moments {
  requireCount('n', n);
  const mean = ratioOfSums(sum, second.sum);
  if (n < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `a variance needs 2 units, received ${n}`);
  // With X and Y the sums it is n^2 (Sxx Y^2 - 2 X Y Sxy + X^2 Syy) / (Y^4 (n - 1)).
  const values = [sumOfSquares, second.products, second.squares];
  const scale = Math.max(...values.map((value) => value.scale), 0);
  const own = Math.max(sum.scale, second.sum.scale);
  const [x, y] = [atScale(sum, own), atScale(second.sum, own)];
  const [xx = 0n, xy = 0n, yy = 0n] = values.map((value) => atScale(value, scale));
  const residual = xx * y * y - 2n * x * y * xy + x * x * yy;
  requireValid(residual >= 0n, 'the sums of a ratio contradict one another');
  const count = BigInt(n);
  // The scales: residual has scale + 2 own, y^4 has 4 own.
  const shift = 2 * own - scale;
  const numerator = count * count * residual * 10n ** BigInt(Math.max(0, shift));
  const variance = quotient(numerator, y ** 4n * (count - 1n) * 10n ** BigInt(Math.max(0, -shift)));
  requireValid(Number.isFinite(variance), 'the variance of a ratio is beyond any double');
  return { n, mean, variance };
}

/** Sum of x over sum of y. @throws StatisticsError ZERO_BASELINE when the y sum to 0, INVALID_DATA when no double holds it */
export function ratioOfSums(sum: Decimal, secondSum: Decimal): number {
  if (secondSum.digits === 0n) throw new StatisticsError('ZERO_BASELINE', 'the denominator is 0');
  const scale = Math.max(sum.scale, secondSum.scale);
  const sign = secondSum.digits < 0n ? -1n : 1n;
  const ratio = quotient(sign * atScale(sum, scale), sign * atScale(secondSum, scale));
  requireValid(Number.isFinite(ratio), 'a ratio is beyond any double');
  return ratio;
}

/** @throws StatisticsError INVALID_DATA when no pairs of values can have these sums (Cauchy and Schwarz) */
export function checkSecondSums(n: number, sum: Decimal, sumOfSquares: Decimal, second: SecondDecimals): void {
  checkSums(n, second.sum, second.squares);
  const count = BigInt(n);
  const scale = Math.max(sum.scale * 2, second.sum.scale * 2, sumOfSquares.scale, second.squares.scale, second.products.scale);
  const centred = (total: Decimal, one: Decimal, other: Decimal) => count * atScale(total, scale) - atScale(product(one, other), scale);
  const varianceX = centred(sumOfSquares, sum, sum);
  const varianceY = centred(second.squares, second.sum, second.sum);
  const covariance = centred(second.products, sum, second.sum);
  requireValid(covariance * covariance <= varianceX * varianceY, 'the sum of products exceeds what the squares allow');
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

function product(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

function atScale(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale);
}

function bitLength(value: bigint): number {
  return value.toString(16).length * 4;
}
