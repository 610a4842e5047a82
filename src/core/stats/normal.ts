import { incompleteGamma, logIncompleteGammaUpper } from './incomplete-gamma.js';
import { requireLevel, requireValid } from './statistics-error.js';
import type { Tail, Tails } from './tails.js';

const logSqrtTwoPi = 0.9189385332046728;

/** Its square still is a double. */
const largestLog = 1e154;

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x - logSqrtTwoPi);
}

/**
 * Both tails of the standard normal distribution, through the incomplete gamma function of order 1/2; 1e-13 relative down to 1e-300.
 *
 * @throws StatisticsError INVALID_DATA for what is not finite
 * @example normalTails(1.96).upper; // 0.024998
 */
export function normalTails(x: number): Tails {
  requireValid(Number.isFinite(x), `x must be finite, received ${x}`);
  const { lower: inside, upper: outside } = incompleteGamma(0.5, 0.5 * x * x);
  const far = 0.5 * outside;
  // Inside one deviation the far tail is 1/2 less what lies between.
  const near = 0.5 + 0.5 * inside;
  return x >= 0 ? { lower: near, upper: far } : { lower: far, upper: near };
}

/** ln P(X > x), also where the tail itself underflows. @throws StatisticsError INVALID_DATA for what is not finite, or above 1e154 */
export function normalLogUpper(x: number): number {
  requireValid(Number.isFinite(x), `x must be finite, received ${x}`);
  if (x < 0) return Math.log1p(-normalTails(x).lower);
  if (x < 2) return Math.log(normalTails(x).upper);
  requireValid(x < largestLog, `the log of the tail at ${x} is beyond any double`);
  return logIncompleteGammaUpper(0.5, 0.5 * x * x) - Math.LN2;
}

/**
 * The point whose tail has the probability.
 *
 * @param probability  in (0, 1)
 * @throws StatisticsError INVALID_DATA outside (0, 1)
 */
export function normalQuantile(probability: number, tail: Tail = 'lower'): number {
  requireLevel('probability', probability);
  if (probability > 0.5) return -normalQuantile(1 - probability, tail);
  const x = normalQuantileOfLog(Math.log(probability));
  return tail === 'upper' ? x : -x;
}

/**
 * The point whose upper tail has the probability, given by its logarithm: also for what no double holds. Newton on the log of the tail,
 * which is concave, from a point beyond the root: the steps never overshoot.
 *
 * @param logUpper  at most ln 1/2
 * @returns at least 0
 */
export function normalQuantileOfLog(logUpper: number): number {
  requireValid(Number.isFinite(logUpper) && logUpper <= -Math.LN2, `the log of a tail of at most 1/2 was expected, received ${logUpper}`);
  let x = Math.sqrt(Math.max(0, -2 * (logUpper + Math.LN2)));
  for (let step = 0; step < 60; step++) {
    const reached = normalLogUpper(x);
    const hazard = Math.exp(-0.5 * x * x - logSqrtTwoPi - reached);
    const next = x + (reached - logUpper) / hazard;
    if (Math.abs(next - x) <= 2e-16 * Math.max(1, x)) break;
    x = next;
  }
  return x;
}
