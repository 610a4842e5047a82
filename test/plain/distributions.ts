/**
 * Textbook distributions, for tests of what the product answers: densities integrated by Simpson's rule, roots by halving. Slow and plain on
 * purpose; nothing here comes from the product.
 */

/** Simpson's rule. */
export function integral(f: (x: number) => number, from: number, to: number, steps = 2_000): number {
  const width = (to - from) / steps;
  let total = f(from) + f(to);
  for (let i = 1; i < steps; i++) total += (i % 2 ? 4 : 2) * f(from + i * width);
  return (total * width) / 3;
}

/** Where a function that rises from below 0 to above it crosses. */
export function root(f: (x: number) => number, low: number, high: number): number {
  let [from, to] = [low, high];
  for (let i = 0; i < 50; i++) {
    const middle = (from + to) / 2;
    if (f(middle) < 0) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}

export const normalDensity = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** P(Z > z): the series about 0, further out the continued fraction of Laplace. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z > 2) {
    let fraction = z;
    for (let k = 150; k > 0; k--) fraction = z + k / fraction;
    return normalDensity(z) / fraction;
  }
  let [term, sum] = [z, z];
  for (let k = 3; k < 60; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 - normalDensity(z) * sum;
}

/** z with P(Z > z) = p. */
export const normalPoint = (p: number) => root((z) => p - normalTail(z), -12, 12);

/** P(T > t) for t from 0. With t = sqrt(df) tan(angle) the density is a power of the cosine. */
export function studentTail(t: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY) return normalTail(t);
  const power = (angle: number) => Math.cos(angle) ** (df - 1);
  const within = (angle: number) => Math.min(Math.PI / 2, angle + 14 / Math.sqrt(df));
  const from = Math.atan(t / Math.sqrt(df));
  return integral(power, from, within(from), 1_200) / (2 * integral(power, 0, within(0), 1_200));
}

/** t with P(T > t) = p. */
export const studentPoint = (p: number, df: number) => root((t) => p - studentTail(t, df), 0, 60);

/** A distribution on a grid: enough to integrate what hangs on several at once. */
export interface Grid {
  readonly step: number;
  readonly points: readonly number[];
  /** P(X <= x) at each point. */
  readonly below: readonly number[];
}

/** From the logarithm of a density that is known up to a constant. */
export function gridOf(logDensity: (x: number) => number, from: number, to: number, steps = 20_000): Grid {
  const step = (to - from) / steps;
  const points = Array.from({ length: steps + 1 }, (_, i) => from + i * step);
  const logs = points.map(logDensity);
  const highest = logs.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const densities = logs.map((value) => Math.exp(value - highest));
  let total = 0;
  const sums = densities.map((density, i) => {
    total += i === 0 ? 0 : (density + (densities[i - 1] as number)) / 2;
    return total;
  });
  return { step, points, below: sums.map((sum) => sum / total) };
}

/** Posterior of a rate after so many successes, the prior uniform. */
export function rateGrid(successes: number, failures: number): Grid {
  return gridOf((x) => (x <= 0 || x >= 1 ? Number.NEGATIVE_INFINITY : successes * Math.log(x) + failures * Math.log(1 - x)), 0, 1);
}

/** P(B <= f(A)) of two on the same points, for a rising f. */
export function chanceBelow(a: Grid, b: Grid, f: (x: number) => number): number {
  const last = b.below.length - 1;
  const from = b.points[0] as number;
  const at = (x: number) => {
    const place = (x - from) / b.step;
    const before = Math.floor(Math.min(last, Math.max(0, place)));
    const low = b.below[before] as number;
    return place <= 0 ? 0 : low + (place - before) * ((b.below[before + 1] ?? low) - low);
  };
  return a.below.reduce((sum, below, i) => sum + (below - (a.below[i - 1] ?? 0)) * at(f((a.points[i] as number) - a.step / 2)), 0);
}

/** On the same points: E[greatest of all - own], the integral of P(own <= x < greatest). */
export function lossBeside(all: readonly Grid[], own: Grid): number {
  const joint = own.below.map((_, i) => all.reduce((product, each) => product * (each.below[i] as number), 1));
  return own.step * own.below.reduce((sum, below, i) => sum + below - (joint[i] as number), 0);
}
