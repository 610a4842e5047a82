import { logBetaPrefactor } from './saddle-point.js';
import { epsilon, type Tails } from './tails.js';

/**
 * Regularised incomplete beta function I_x(a, b) and its complement, good to 1e-11 relative up to a + b = 1e9 and more.
 * The tail on the near side of the mean is computed, the other is its complement.
 *
 * @param a,b  above 0
 * @param x,y  in [0, 1], with sum 1; both are taken so that neither end loses digits
 * @see DiDonato and Morris (1992), ACM TOMS algorithm 708 (for a, b >= 10); Lentz's method otherwise
 */
export function incompleteBeta(a: number, b: number, x: number, y: number): Tails {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  const isLarge = a >= 10 && b >= 10;
  // (a + b) x against a, for small parameters against the point where Lentz's fraction turns slow.
  const isBelow = isLarge ? a * y >= b * x : (a + 1) * y >= (b + 1) * x;
  if (!isBelow) {
    const { lower, upper } = incompleteBeta(b, a, y, x);
    return { lower: upper, upper: lower };
  }
  const prefactor = Math.exp(logBetaPrefactor(a, b, x, y));
  const lower = Math.min(1, prefactor * (isLarge ? didonatoMorrisFraction(a, b, x, y) : lentzFraction(a, b, x, y) / a));
  return { lower, upper: 1 - lower };
}

function didonatoMorrisFraction(a: number, b: number, x: number, y: number): number {
  const lambda = a <= b ? a - (a + b) * x : (a + b) * y - b;
  const c = 1 + lambda;
  const c0 = b / a;
  const c1 = 1 + 1 / a;
  let p = 1;
  let s = a + 1;
  let previousNumerator = 0;
  let previousDenominator = 1;
  let numerator = 1;
  let denominator = c / c1;
  let fraction = c1 / c;
  for (let n = 1; ; n++) {
    const t = n / a;
    const w = n * (b - n) * x;
    const shrink = a / s;
    const alpha = p * (p + c0) * shrink * shrink * (w * x);
    const beta = n + w / s + ((1 + t) / (c1 + t + t)) * (c + n * (1 + y));
    p = 1 + t;
    s += 2;
    const nextNumerator = alpha * previousNumerator + beta * numerator;
    const nextDenominator = alpha * previousDenominator + beta * denominator;
    const next = nextNumerator / nextDenominator;
    if (!(Math.abs(next - fraction) > epsilon * next)) return next;
    fraction = next;
    previousNumerator = numerator / nextDenominator;
    previousDenominator = denominator / nextDenominator;
    numerator = next;
    denominator = 1;
  }
}

function lentzFraction(a: number, b: number, x: number, y: number): number {
  let c = 1;
  // 1 - (a + b) x / (a + 1), from y: where a is large, x holds no more than a few digits of it.
  let d = 1 / guarded((1 - b + (a + b) * y) / (a + 1));
  let fraction = d;
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guarded(1 + even * d);
    c = guarded(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guarded(1 + odd * d);
    c = guarded(1 + odd / c);
    const factor = c * d;
    fraction *= factor;
    if (!(Math.abs(factor - 1) > epsilon)) return fraction;
  }
}

/** A denominator of exactly 0 would end the fraction. */
function guarded(value: number): number {
  return value === 0 ? 1e-300 : value;
}
