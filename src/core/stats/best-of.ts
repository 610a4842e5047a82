import { forEachNode } from './quadrature.js';
import { requireValid } from './statistics-error.js';
import type { Tails } from './tails.js';

/** A posterior distribution on an axis t that all arms share. */
export interface Posterior {
  /** Panel borders in rising order, each panel about one deviation wide; beyond them the tails are taken as 0. */
  readonly edges: readonly number[];
  /** Both tails at t. */
  tails(t: number): Tails;
  /** Density along t. */
  density(t: number): number;
}

export interface BestOf {
  /** P(arm is the greatest), by arm; they sum to 1 to 1e-12. */
  readonly probabilityBest: readonly number[];
  /** P(arm is greater than the first); null for the first. */
  readonly probabilityBeatsFirst: readonly (number | null)[];
  /** E[greatest of all - arm] in the unit of the value. */
  readonly expectedLoss: readonly number[];
}

/**
 * Who is best of 1 to 20 independent posteriors, by quadrature: the same bits every time, and small probabilities as exact as large ones.
 * P(best) is the integral of f_i times the product of the other F_j; the loss that of F_i (1 - product), where nothing cancels.
 *
 * @param stretch  d value / d t, which turns the loss from the axis into the value's unit
 * @see Stucchio (2015), Bayesian A/B Testing at VWO, for the loss
 */
export function bestOf(posteriors: readonly Posterior[], stretch: (t: number) => number = () => 1): BestOf {
  requireValid(posteriors.length > 0, 'needs an arm');
  const best = posteriors.map(() => 0);
  const beats = posteriors.map(() => 0);
  const loss = posteriors.map(() => 0);
  forEachNode(commonEdges(posteriors), (t, weight) => {
    const tails = posteriors.map((posterior) => tailsWithin(posterior, t));
    // ln of the product of all lower tails, from the upper ones where these are small.
    const logs = tails.map(({ lower, upper }) => (upper < 0.5 ? Math.log1p(-upper) : Math.log(lower)));
    const stretched = weight * stretch(t);
    for (let i = 0; i < posteriors.length; i++) {
      let others = 0;
      for (let j = 0; j < logs.length; j++) if (j !== i) others += logs[j] ?? 0;
      const posterior = posteriors[i] as Posterior;
      const density = isWithin(posterior, t) ? posterior.density(t) : 0;
      best[i] = (best[i] ?? 0) + weight * density * Math.exp(others);
      if (i > 0) beats[i] = (beats[i] ?? 0) + weight * density * (tails[0]?.lower ?? 0);
      loss[i] = (loss[i] ?? 0) + stretched * (tails[i]?.lower ?? 0) * -Math.expm1(others);
    }
  });
  // Rounding of the sum may end a few units of the last digit above 1.
  return {
    probabilityBest: best.map((value) => Math.min(1, value)),
    probabilityBeatsFirst: beats.map((value, index) => (index === 0 ? null : Math.min(1, value))),
    expectedLoss: loss,
  };
}

function isWithin({ edges }: Posterior, t: number): boolean {
  return t > (edges[0] ?? 0) && t < (edges.at(-1) ?? 0);
}

function tailsWithin(posterior: Posterior, t: number): Tails {
  if (isWithin(posterior, t)) return posterior.tails(t);
  return t <= (posterior.edges[0] ?? 0) ? { lower: 0, upper: 1 } : { lower: 1, upper: 0 };
}

/** Panels that are nowhere wider than those of the posteriors which live there. */
function commonEdges(posteriors: readonly Posterior[]): readonly number[] {
  const end = Math.max(...posteriors.map(({ edges }) => edges.at(-1) ?? 0));
  const places = posteriors.map(() => 0);
  const common: number[] = [];
  let t = Math.min(...posteriors.map(({ edges }) => edges[0] ?? 0));
  while (t < end) {
    common.push(t);
    let next = end;
    posteriors.forEach(({ edges }, index) => {
      let place = places[index] ?? 0;
      while (place < edges.length && (edges[place] ?? 0) <= t) place++;
      places[index] = place;
      const border = edges[place];
      if (border === undefined) return;
      const width = place === 0 ? border - t : border - (edges[place - 1] ?? 0);
      // Past a border only where the panels behind it are no finer.
      const isFinerBeyond = (edges[place + 1] ?? border) - border < 0.9 * width;
      next = Math.min(next, isFinerBeyond ? border : t + width);
    });
    t = next > t ? next : end;
  }
  common.push(end);
  return common;
}
