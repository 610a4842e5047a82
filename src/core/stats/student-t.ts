import { incompleteBeta } from './incomplete-beta.js';
import { lnBeta } from './ln-gamma.js';
import { risingRoot } from './newton.js';
import { normalQuantile, normalTails } from './normal.js';
import { logBetaPrefactor } from './saddle-point.js';
import { requireLevel, requireShape, requireValid } from './statistics-error.js';
import type { Tail, Tails } from './tails.js';

/** From it on only the first term of the tail's series counts, and t squared may overflow. */
const farFrom = 1e100;

/** Beyond it the incomplete beta function costs more than Hill's expansion is off. */
const hillFrom = 1e5;

/**
 * Both tails of Student's t.
 *
 * @param t                 any finite number
 * @param degreesOfFreedom  above 0, not necessarily whole
 * @throws StatisticsError INVALID_DATA outside these
 * @see Hill (1970) for many degrees of freedom
 */
export function studentTails(t: number, degreesOfFreedom: number): Tails {
  requireValid(Number.isFinite(t), `t must be finite, received ${t}`);
  requireShape('degrees of freedom', degreesOfFreedom, Infinity);
  if (degreesOfFreedom > hillFrom) {
    // So far out the tail is 0 to any double, and Hill's terms overflow.
    if (Math.abs(t) > farFrom) return t > 0 ? { lower: 1, upper: 0 } : { lower: 0, upper: 1 };
    return normalTails(Math.sign(t) * hillDeviate(Math.abs(t), degreesOfFreedom));
  }
  if (Math.abs(t) > farFrom) {
    const far = farTail(Math.abs(t), degreesOfFreedom);
    return t > 0 ? { lower: 1 - far, upper: far } : { lower: far, upper: 1 - far };
  }
  const { x, y } = fractions(Math.abs(t), degreesOfFreedom);
  const { lower: outside, upper: inside } = incompleteBeta(degreesOfFreedom / 2, 0.5, x, y);
  const far = outside / 2;
  const near = 0.5 + inside / 2;
  return t >= 0 ? { lower: near, upper: far } : { lower: far, upper: near };
}

/** The point whose tail has the probability. @throws StatisticsError INVALID_DATA for a probability outside (0, 1) */
export function studentQuantile(probability: number, degreesOfFreedom: number, tail: Tail = 'lower'): number {
  requireLevel('probability', probability);
  requireShape('degrees of freedom', degreesOfFreedom, Infinity);
  if (probability === 0.5) return 0;
  if (probability > 0.5) return -studentQuantile(1 - probability, degreesOfFreedom, tail);
  const target = Math.log(probability);
  const normal = normalQuantile(probability, 'upper');
  const root = risingRoot((u) => {
    const t = Math.exp(u);
    const { upper } = studentTails(t, degreesOfFreedom);
    return { value: target - Math.log(upper), slope: densityTimesT(t, degreesOfFreedom) / upper };
  }, Math.log(normal));
  const t = Math.exp(root);
  requireValid(Number.isFinite(t), `the quantile of ${probability} with ${degreesOfFreedom} degrees of freedom is beyond any double`);
  return tail === 'upper' ? t : -t;
}

/**
 * Density of Student's t: (1 + t^2/df)^(-(df + 1)/2) / (sqrt(df) B(df/2, 1/2)).
 *
 * @param t                 any finite number
 * @param degreesOfFreedom  above 0
 */
export function studentDensity(t: number, degreesOfFreedom: number): number {
  const far = Math.abs(t) > farFrom;
  const logGrowth = far ? 2 * Math.log(Math.abs(t)) - Math.log(degreesOfFreedom) : Math.log1p((t / degreesOfFreedom) * t);
  const logScale = 0.5 * Math.log(degreesOfFreedom) + lnBeta(degreesOfFreedom / 2, 0.5);
  return Math.exp(-0.5 * (degreesOfFreedom + 1) * logGrowth - logScale);
}

function fractions(t: number, degreesOfFreedom: number): { readonly x: number; readonly y: number } {
  const ratio = (t / degreesOfFreedom) * t;
  return { x: 1 / (1 + ratio), y: ratio / (1 + ratio) };
}

function farTail(t: number, degreesOfFreedom: number): number {
  const a = degreesOfFreedom / 2;
  return Math.exp(a * (Math.log(degreesOfFreedom) - 2 * Math.log(t)) - lnBeta(a, 0.5)) / degreesOfFreedom;
}

function densityTimesT(t: number, degreesOfFreedom: number): number {
  if (t > farFrom) return degreesOfFreedom * farTail(t, degreesOfFreedom);
  const { x, y } = fractions(t, degreesOfFreedom);
  return Math.exp(logBetaPrefactor(degreesOfFreedom / 2, 0.5, x, y));
}

/** The normal deviate of the same tail. @see Hill (1970), CACM algorithm 395 */
function hillDeviate(t: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom === Infinity) return t;
  const a = degreesOfFreedom - 0.5;
  const b = 48 * a * a;
  const square = a * Math.log1p((t / degreesOfFreedom) * t);
  const correction = (((-0.4 * square - 3.3) * square - 24) * square - 85.5) / (0.8 * square * square + 100 + b) + square + 3;
  return Math.sqrt(square) * (1 + correction / b);
}
