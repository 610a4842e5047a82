import { upperFraction } from './incomplete-gamma.js';
import { normalDensity, normalTails } from './normal.js';

/** From it on the continued fraction is as quick as the tail itself. */
const fractionFrom = 2;

/**
 * Mills' ratio of the standard normal distribution: upper tail over density, falling like 1/x and never underflowing.
 *
 * @param x  any finite number; below -38 the ratio is beyond any double and Infinity is given
 */
export function millsRatio(x: number): number {
  // The tail is half of Q(1/2, x^2/2), whose prefactor is x times the density.
  return x < fractionFrom ? normalTails(x).upper / normalDensity(x) : 0.5 * x * upperFraction(0.5, 0.5 * x * x);
}

/**
 * E[(Z - x)+] of a standard normal Z: density(x) - x P(Z > x). For x > 3, where the difference cancels, as density times M R with Mills' ratio
 * M = 1/(x + R) and R = 1 / (x + 2/(x + 3/(x + ...))) from its continued fraction.
 *
 * @param x  any finite number
 * @returns 0 where the smallest double is larger
 */
export function normalExcess(x: number): number {
  if (x <= 3) return normalDensity(x) - x * normalTails(x).upper;
  let rest = x;
  for (let k = 60; k >= 2; k--) rest = x + k / rest;
  return normalDensity(x) / rest / (x + 1 / rest);
}
