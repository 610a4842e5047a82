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

/**
 * @param boundaries  two-sided critical z of each look, at equal steps up to the horizon
 * @param drift       expected z at the horizon
 */
export function predict(boundaries: readonly number[], drift: number): Prediction {
  const step = 1 / boundaries.length;
  let running = start;
  let crossing = 0;
  let meanEnd = 0;
  for (const boundary of boundaries) {
    const crossed = crossingAt(running, boundary, step, drift);
    running = goingOn(running, boundary, step, drift);
    crossing += crossed;
    meanEnd += crossed * running.time;
  }
  return { crossing, meanEnd: meanEnd + (1 - crossing) };
}

/** Critical z of a confidence sequence. @param units of both arms at the horizon */
export function sequenceBoundaries(alpha: number, targetUnits: number, units: number, looks: number): readonly number[] {
  const rho = mixtureRho(alpha, targetUnits);
  return Array.from({ length: looks }, (_, k) => {
    return confidenceSequence({ estimate: 0, standardError: 1, n: (units * (k + 1)) / looks }, alpha, rho).multiplier;
  });
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
    running = goingOn(running, high, step, 0);
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

function goingOn({ masses, time: before }: Running, boundary: number, step: number, drift: number): Running {
  const time = before + step;
  const deviation = Math.sqrt(step);
  // Nothing lies beyond 9 deviations of where runs can be.
  const reach = 9 * Math.sqrt(time);
  const low = Math.max(-boundary * Math.sqrt(time), drift * time - reach);
  const high = Math.min(boundary * Math.sqrt(time), drift * time + reach);
  if (!(high > low)) return { masses: [], time };
  const width = (high - low) / (points - 1);
  const densityAt = (score: number) =>
    masses.reduce((sum, { at, mass }) => sum + mass * Math.exp(-0.5 * ((score - at - drift * step) / deviation) ** 2), 0);
  const scale = width / 3 / (deviation * Math.sqrt(2 * Math.PI));
  return {
    time,
    masses: Array.from({ length: points }, (_, i) => {
      const at = low + i * width;
      const weight = i === 0 || i === points - 1 ? 1 : i % 2 === 1 ? 4 : 2;
      return { at, mass: weight * scale * densityAt(at) };
    }),
  };
}
