import { gammaQuantile, gammaTails } from './gamma.js';
import type { Tail, Tails } from './tails.js';

/** Both tails of the chi-square distribution. @param x at least 0 @param degreesOfFreedom above 0 @see {@link gammaTails} */
export function chiSquareTails(x: number, degreesOfFreedom: number): Tails {
  return gammaTails(x / 2, degreesOfFreedom / 2);
}

/** The point whose tail has the probability. @throws StatisticsError INVALID_DATA for a probability outside (0, 1) */
export function chiSquareQuantile(probability: number, degreesOfFreedom: number, tail: Tail = 'lower'): number {
  return 2 * gammaQuantile(probability, degreesOfFreedom / 2, tail);
}
