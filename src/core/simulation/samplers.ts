import type { Random } from './random.js';

/** Exact draws from the distributions that the simulations need. */

/**
 * Number of successes: by inversion when few are expected, else by Hörmann's transformed rejection.
 *
 * @param rate  in [0, 1]
 * @see Hörmann (1993), The generation of binomial random variates, algorithm BTRS
 */
export function binomial(random: Random, trials: number, rate: number): number {
  if (rate > 0.5) return trials - binomial(random, trials, 1 - rate);
  if (trials === 0 || rate === 0) return 0;
  return trials * rate < 10 ? byInversion(random, trials, rate) : byRejection(random, trials, rate);
}

function byInversion(random: Random, trials: number, rate: number): number {
  const odds = rate / (1 - rate);
  let probability = Math.exp(trials * Math.log1p(-rate));
  let left = random.uniform();
  let count = 0;
  while (left > probability && count < trials) {
    left -= probability;
    count += 1;
    probability *= (odds * (trials - count + 1)) / count;
  }
  return count;
}

function byRejection(random: Random, trials: number, rate: number): number {
  const deviation = Math.sqrt(trials * rate * (1 - rate));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * rate;
  const centre = trials * rate + 0.5;
  const quick = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((trials + 1) * rate);
  const odds = rate / (1 - rate);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= quick) return k;
    if (k < 0 || k > trials) continue;
    const height =
      (mode + 0.5) * Math.log((mode + 1) / (odds * (trials - mode + 1))) +
      (trials + 1) * Math.log((trials - mode + 1) / (trials - k + 1)) +
      (k + 0.5) * Math.log((odds * (trials - k + 1)) / (k + 1)) +
      stirlingError(mode) +
      stirlingError(trials - mode) -
      stirlingError(k) -
      stirlingError(trials - k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= height) return k;
  }
}

/** ln k! less Stirling's approximation about k + 1. */
function stirlingError(k: number): number {
  if (k < smallErrors.length) return smallErrors[k] as number;
  const inverse = 1 / (k + 1);
  return (1 / 12 - (1 / 360 - (1 / 1260) * inverse * inverse) * inverse * inverse) * inverse;
}

const smallErrors = Array.from({ length: 10 }, (_, k) => {
  let logFactorial = 0;
  for (let i = 2; i <= k; i++) logFactorial += Math.log(i);
  return logFactorial - ((k + 0.5) * Math.log(k + 1) - (k + 1) + 0.5 * Math.log(2 * Math.PI));
});

/** Counts that sum to `trials`. @param shares summing to 1 */
export function multinomial(random: Random, trials: number, shares: readonly number[]): number[] {
  let left = trials;
  let rest = 1;
  return shares.map((share, index) => {
    const count = index === shares.length - 1 || rest <= share ? left : binomial(random, left, share / rest);
    left -= count;
    rest -= share;
    return count;
  });
}

/** Scale 1. @param shape above 0 @see Marsaglia and Tsang (2000) */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** @param a,b above 0 */
export function beta(random: Random, a: number, b: number): number {
  const x = gamma(random, a);
  return x / (x + gamma(random, b));
}

/** @param degreesOfFreedom above 0 */
export function chiSquare(random: Random, degreesOfFreedom: number): number {
  return 2 * gamma(random, degreesOfFreedom / 2);
}
