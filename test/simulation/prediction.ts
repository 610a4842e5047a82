import { confidenceSequence, mixtureRho } from '../../src/core/stats/confidence-sequence.js';
import { normalQuantile, normalTails } from '../../src/core/stats/normal.js';

/**
 * What a method must find, by recursion over the density of a Brownian motion read at equal steps: it shares the definition of the boundaries with
 * the product (they are its promise) and none of the code that finds or crosses them.
 */
export interface Prediction {
  /** Probability that some look crosses, on either side. */
  readonly crossing: number;
  /** Mean share of the horizon at which a run ends, those that never cross at 1. */
  readonly meanEnd: number;
}

/** Points of Simpson's rule across the runs that go on; 1e-6 with 28 looks. */
const points = 401;

interface Mass {
  readonly at: number;
  readonly mass: number;
}

/** The score of those that go on, just after a look; time 1 is the horizon. */
interface Running {
  readonly masses: readonly Mass[];
  readonly time: number;
}

const start: Running = { masses: [{ at: 0, mass: 1 }], time: 0 };

/** Where a method stops, in z at each look, at equal steps up to the horizon. */
export interface Boundaries {
  /** From it on either side an effect is claimed. */
  readonly claim: readonly number[];
  /** Up to it the run ends without a claim; left out: nothing is ever accepted. */
  readonly accept?: readonly number[];
}

/** @param drift  expected z at the horizon */
export function predict({ claim, accept }: Boundaries, drift: number): Prediction {
  const step = 1 / claim.length;
  let running = start;
  let crossing = 0;
  let meanEnd = 0;
  let ended = 0;
  claim.forEach((boundary, look) => {
    const inner = Math.min(boundary, Math.max(0, accept?.[look] ?? 0));
    const crossed = crossingAt(running, boundary, step, drift);
    const accepted = inner > 0 ? massOf(running) - crossingAt(running, inner, step, drift) : 0;
    running = goingOn(running, { boundary, inner }, step, drift);
    crossing += crossed;
    ended += crossed + accepted;
    meanEnd += (crossed + accepted) * running.time;
  });
  return { crossing, meanEnd: meanEnd + (1 - ended) };
}

/** Critical z of a confidence sequence. @param units of both arms at the horizon */
export function sequenceBoundaries(alpha: number, targetUnits: number, units: number, looks: number): readonly number[] {
  const rho = mixtureRho(alpha, targetUnits);
  return Array.from({ length: looks }, (_, k) => {
    return confidenceSequence({ estimate: 0, standardError: 1, n: (units * (k + 1)) / looks }, alpha, rho).multiplier;
  });
}

/**
 * Where Wald's test of "nothing" against a planned difference on either side stops: it claims when the mean of the two likelihood ratios reaches
 * 1 / alpha, and accepts when each of them alone falls below beta / (1 - alphaOfOneSide).
 *
 * @param plannedDrift  the planned difference in standard errors at the horizon
 */
export function waldBoundaries(
  { alpha, alphaOfOneSide, beta }: { readonly alpha: number; readonly alphaOfOneSide: number; readonly beta: number },
  plannedDrift: number,
  looks: number,
): Boundaries {
  const drifts = Array.from({ length: looks }, (_, k) => plannedDrift * Math.sqrt((k + 1) / looks));
  const logLower = Math.log(beta / (1 - alphaOfOneSide));
  return {
    // cosh(drift z) = exp(drift^2 / 2) / alpha
    claim: drifts.map((drift) => Math.acosh(Math.exp(drift ** 2 / 2) / alpha) / drift),
    accept: drifts.map((drift) => drift / 2 + logLower / drift),
  };
}

/** Critical z of Lan-DeMets looks that spend by these functions of time. */
export function spendingBoundaries(spending: 'OBRIEN_FLEMING' | 'POCOCK', alpha: number, looks: number): readonly number[] {
  const step = 1 / looks;
  const half = alpha / 2;
  const spentBy = (time: number) => {
    if (time === 0) return 0;
    return spending === 'POCOCK'
      ? alpha * Math.log(1 + (Math.E - 1) * time)
      : 4 * normalTails(normalQuantile(half / 2, 'upper') / Math.sqrt(time)).upper;
  };
  let running = start;
  return Array.from({ length: looks }, (_, k) => {
    const mayCross = spentBy((k + 1) * step) - spentBy(k * step);
    let low = 0;
    let high = 38;
    while (high - low > 1e-9) {
      const middle = (low + high) / 2;
      if (crossingAt(running, middle, step, 0) > mayCross) low = middle;
      else high = middle;
    }
    running = goingOn(running, { boundary: high, inner: 0 }, step, 0);
    return high;
  });
}

function crossingAt({ masses, time }: Running, boundary: number, step: number, drift: number): number {
  const score = boundary * Math.sqrt(time + step);
  const deviation = Math.sqrt(step);
  return masses.reduce((sum, { at, mass }) => {
    const centre = at + drift * step;
    return sum + mass * (normalTails((score - centre) / deviation).upper + normalTails((-score - centre) / deviation).lower);
  }, 0);
}

function massOf({ masses }: Running): number {
  return masses.reduce((sum, { mass }) => sum + mass, 0);
}

function goingOn(
  { masses, time: before }: Running,
  { boundary, inner }: { readonly boundary: number; readonly inner: number },
  step: number,
  drift: number,
): Running {
  const time = before + step;
  const deviation = Math.sqrt(step);
  // Nothing lies beyond 9 deviations of where runs can be.
  const reach = 9 * Math.sqrt(time);
  const low = Math.max(-boundary * Math.sqrt(time), drift * time - reach);
  const high = Math.min(boundary * Math.sqrt(time), drift * time + reach);
  const hole = inner * Math.sqrt(time);
  const stretches = hole > 0 ? [[low, -hole] as const, [hole, high] as const] : [[low, high] as const];
  const densityAt = (score: number) =>
    masses.reduce((sum, { at, mass }) => sum + mass * Math.exp(-0.5 * ((score - at - drift * step) / deviation) ** 2), 0);
  return {
    time,
    masses: stretches.flatMap(([from, to]) => simpson(from, to, (at) => densityAt(at) / (deviation * Math.sqrt(2 * Math.PI)))),
  };
}

function simpson(from: number, to: number, density: (at: number) => number): readonly Mass[] {
  if (!(to > from)) return [];
  const width = (to - from) / (points - 1);
  return Array.from({ length: points }, (_, i) => {
    const at = from + i * width;
    const weight = i === 0 || i === points - 1 ? 1 : i % 2 === 1 ? 4 : 2;
    return { at, mass: ((weight * width) / 3) * density(at) };
  });
}
