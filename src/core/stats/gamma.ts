import { incompleteGamma } from './incomplete-gamma.js';
import { risingRoot } from './newton.js';
import { logGammaPrefactor } from './saddle-point.js';
import { requireFinite, requireLevel, requireShape, requireValid } from './statistics-error.js';
import type { Tail, Tails } from './tails.js';

/** The series takes some 10 roots of it in steps. */
const largestShape = 1e12;

/**
 * Both tails of the gamma distribution with rate 1.
 *
 * @param x      at least 0
 * @param shape  above 0, at most 1e12
 * @throws StatisticsError INVALID_DATA outside these
 * @see {@link incompleteGamma}
 */
export function gammaTails(x: number, shape: number): Tails {
  requireFinite({ x });
  requireShape('shape', shape, largestShape);
  requireValid(x >= 0, `gamma needs x >= 0, received ${x}`);
  return incompleteGamma(shape, x);
}

/** The point whose tail has the probability, rate 1. @throws StatisticsError INVALID_DATA for a probability outside (0, 1) or shape <= 0 */
export function gammaQuantile(probability: number, shape: number, tail: Tail = 'lower'): number {
  requireLevel('probability', probability);
  requireShape('shape', shape, largestShape);
  const isLower = tail === 'lower' ? probability <= 0.5 : probability > 0.5;
  const smaller = probability <= 0.5 ? probability : 1 - probability;
  const target = Math.log(smaller);
  const root = risingRoot((u) => {
    const x = Math.exp(u);
    const tails = incompleteGamma(shape, x);
    const rate = Math.exp(logGammaPrefactor(shape, x));
    return isLower
      ? { value: Math.log(tails.lower) - target, slope: rate / tails.lower }
      : { value: target - Math.log(tails.upper), slope: rate / tails.upper };
  }, Math.log(shape));
  return Math.exp(root);
}
