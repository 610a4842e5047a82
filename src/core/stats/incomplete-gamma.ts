import { logGammaPrefactor } from './saddle-point.js';
import { epsilon, type Tails } from './tails.js';

/**
 * Regularised incomplete gamma functions P(shape, x) and Q(shape, x): the tails of the gamma distribution with rate 1.
 * Power series below shape + 1, Legendre's continued fraction above, both with Loader's saddle-point prefactor.
 *
 * @param shape  above 0
 * @param x      at least 0
 */
export function incompleteGamma(shape: number, x: number): Tails {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (x === Infinity) return { lower: 1, upper: 0 };
  const prefactor = Math.exp(logGammaPrefactor(shape, x));
  if (x < shape + 1) {
    const lower = Math.min(1, prefactor * lowerSeries(shape, x));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, prefactor * upperFraction(shape, x));
  return { lower: 1 - upper, upper };
}

/** ln Q(shape, x), also where Q itself underflows. @param x at least shape + 1 */
export function logIncompleteGammaUpper(shape: number, x: number): number {
  return logGammaPrefactor(shape, x) + Math.log(upperFraction(shape, x));
}

/** Sum of x^n / (shape (shape + 1) ... (shape + n)). */
function lowerSeries(shape: number, x: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let denominator = shape + 1; ; denominator++) {
    term *= x / denominator;
    sum += term;
    if (!(term > sum * epsilon * 0.1)) return sum;
  }
}

/** Q(shape, x) over the prefactor x^shape e^-x / gamma(shape), by the modified method of Lentz. @param x at least shape + 1 */
export function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = Infinity;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; ; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const factor = c * d;
    fraction *= factor;
    if (!(Math.abs(factor - 1) > epsilon)) return fraction;
  }
}
