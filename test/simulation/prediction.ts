import { confidenceSequence, mixtureRho } from '../../src/core/stats/confidence-sequence.js';
import { groupSequentialBoundaries } from '../../src/core/stats/group-sequential.js';
import { normalTails } from '../../src/core/stats/normal.js';

/**
 * What a method must find, by recursion over the density of a Brownian motion: it shares the critical values with the product (they are its
 * promise) and nothing else.
 */
export interface Prediction {
  /** Probability that some look crosses, on either side. */
  readonly crossing: number;
  /** Mean share of the horizon at which a run ends, those that never cross at 1. */
  readonly meanEnd: number;
}

/** Points of Simpson's rule across the runs that go on. */
const points = 601;

/**
 * @param boundaries  two-sided critical z of each look, at equal steps up to the horizon; Infinity: the look stops nobody
 * @param drift       expected z at the horizon
 */
export function predict(boundaries: readonly number[], drift: number): Prediction {
  const step = 1 / boundaries.length;
  const deviation = Math.sqrt(step);
  let nodes: readonly { readonly at: number; readonly mass: number }[] = [{ at: 0, mass: 1 }];
  let crossing = 0;
  let meanEnd = 0;
  boundaries.forEach((boundary, look) => {
    const end = (look + 1) * step;
    const reach = Math.min(boundary * Math.sqrt(end), drift * end + 9 * Math.sqrt(end));
    const floor = Math.max(-boundary * Math.sqrt(end), drift * end - 9 * Math.sqrt(end));
    let crossed = 0;
    for (const { at, mass } of nodes) {
      const centre = at + drift * step;
      crossed += mass * (normalTails((boundary * Math.sqrt(end) - centre) / deviation).upper + normalTails((-boundary * Math.sqrt(end) - centre) / deviation).lower);
    }
    crossing += crossed;
    meanEnd += crossed * end;
    const width = (reach - floor) / (points - 1);
    nodes = Array.from({ length: points }, (_, i) => {
      const at = floor + i * width;
      const weight = (width / 3) * (i === 0 || i === points - 1 ? 1 : i % 2 === 1 ? 4 : 2);
      let density = 0;
      for (const { at: from, mass } of nodes) {
        const z = (at - from - drift * step) / deviation;
        if (Math.abs(z) < 9) density += mass * Math.exp(-0.5 * z * z);
      }
      return { at, mass: (weight * density) / (deviation * Math.sqrt(2 * Math.PI)) };
    });
  });
  return { crossing, meanEnd: meanEnd + (1 - crossing) };
}

/** Critical z of a confidence sequence at equal steps. @param units of both arms at the horizon */
export function sequenceBoundaries(alpha: number, targetUnits: number, units: number, looks: number): readonly number[] {
  const rho = mixtureRho(alpha, targetUnits);
  return Array.from({ length: looks }, (_, k) => {
    return confidenceSequence({ estimate: 0, standardError: 1, n: (units * (k + 1)) / looks }, alpha, rho).multiplier;
  });
}

/** Critical z of Lan-DeMets looks at equal steps. */
export function spendingBoundaries(spending: 'OBRIEN_FLEMING' | 'POCOCK', alpha: number, looks: number): readonly number[] {
  const information = Array.from({ length: looks }, (_, k) => (k + 1) / looks);
  return groupSequentialBoundaries({ spending, alpha, sides: 2, information }).boundaries;
}
