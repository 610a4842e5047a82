import { stirlingError } from './ln-gamma.js';

/**
 * Half the deviance of a count from its mean: x ln(x / mean) + mean - x, without cancellation where they are close.
 *
 * @param x      above 0
 * @param mean   above 0
 * @param difference  x - mean, where it is known better than from the two
 * @see Loader (2000), bd0
 */
export function halfDeviance(x: number, mean: number, difference: number = x - mean): number {
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const ratio = difference / (x + mean);
  let sum = difference * ratio;
  let term = 2 * x * ratio;
  for (let j = 1; ; j++) {
    term *= ratio * ratio;
    const next = sum + term / (2 * j + 1);
    if (!(Math.abs(next - sum) > 0)) return next;
    sum = next;
  }
}

/**
 * ln of x^shape e^-x / gamma(shape): what the incomplete gamma function is multiplied by, and x times the density.
 *
 * @param shape  above 0
 * @param x      above 0
 */
export function logGammaPrefactor(shape: number, x: number): number {
  return 0.5 * Math.log(shape / (2 * Math.PI)) - stirlingError(shape) - halfDeviance(shape, x);
}

/**
 * ln of x^a y^b / B(a, b), y = 1 - x: what the incomplete beta function is multiplied by, and x y times the density.
 * Both x and y are taken, so that neither end loses digits.
 *
 * @param a,b  above 0
 * @param x,y  above 0, with sum 1
 */
export function logBetaPrefactor(a: number, b: number, x: number, y: number): number {
  const sum = a + b;
  const large = Math.max(a, b);
  const small = Math.min(a, b);
  const scale = 0.5 * (Math.log(small / (2 * Math.PI)) - Math.log1p(small / large));
  // Both counts are off their means by the same. It comes from the smaller fraction: the larger one has lost digits of it in 1 - x.
  const excess = x <= y ? a - sum * x : sum * y - b;
  const deviances = halfDeviance(a, sum * x, excess) + halfDeviance(b, sum * y, -excess);
  return scale + stirlingError(sum) - stirlingError(a) - stirlingError(b) - deviances;
}
