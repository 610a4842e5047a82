import { normalLogUpper } from './normal.js';
import { forEachNode } from './quadrature.js';

/**
 * The part of a score process (mean drift x t, variance t) that has crossed no boundary up to a look, on a grid over the region in which the
 * test goes on. Kept as P(not stopped before | score), which lies in [0, 1] whatever the drift and however far out the score: no density
 * underflows, and one grid serves every drift.
 */
export interface Continuation {
  readonly information: number;
  /** Scores in rising order. */
  readonly scores: Float64Array;
  /** Quadrature weight times P(not stopped before | score), and its logarithm. */
  readonly weights: Float64Array;
  readonly logWeights: Float64Array;
}

/** Deviations beyond which a path's share in any later crossing is below 1e-20. */
const reach = 9.5;

/** Deviations from 0 beyond which no path is followed, wherever the boundary is: the logarithm of its probability is below -5000. */
const farthest = 100;

/** Width of a 12-point panel in deviations of what is integrated: the rule's error is then some 1e-15. */
const panelWidth = 3;

const logSqrtTwoPi = 0.9189385332046728;

/** Variance of the score at the earlier look when that at the later one is known (a Brownian bridge). */
const bridgeVariance = (earlier: number, later: number) => (earlier / later) * (later - earlier);

/**
 * P(not stopped at the looks before | score at this look).
 *
 * @param previous  null at the first look
 * @see Armitage, McPherson and Rowe (1969)
 */
export function survivalAt(previous: Continuation | null, information: number, score: number): number {
  if (!previous) return 1;
  const { scores, weights } = previous;
  const variance = bridgeVariance(previous.information, information);
  const mean = score * (previous.information / information);
  const band = reach * Math.sqrt(variance);
  const centre = Math.min(mean, scores[scores.length - 1] ?? 0);
  const highest = mean + band;
  let sum = 0;
  for (let i = firstFrom(scores, centre - band); i < scores.length; i++) {
    const distance = (scores[i] as number) - mean;
    if (distance > highest - mean) break;
    sum += (weights[i] as number) * Math.exp((-0.5 * distance * distance) / variance);
  }
  return sum / Math.sqrt(2 * Math.PI * variance);
}

/**
 * ln P(not stopped before, score at this look >= boundary).
 *
 * @param previous  null at the first look
 * @param drift     expected score at information 1
 * @see Armitage, McPherson and Rowe (1969)
 */
export function logCrossing(previous: Continuation | null, information: number, boundary: number, drift = 0): number {
  if (!previous) return normalLogUpper((boundary - drift * information) / Math.sqrt(information));
  const { scores, logWeights, information: before } = previous;
  const step = information - before;
  const deviation = Math.sqrt(step);
  const shift = boundary - drift * step;
  // Given a crossing, the score before was hardly ever further below the straight line to the boundary than the reach of a bridge.
  const line = Math.min(boundary * (before / information), scores[scores.length - 1] ?? 0);
  const from = firstFrom(scores, line - reach * Math.sqrt(bridgeVariance(before, information)));
  const terms: number[] = [];
  let largest = -Infinity;
  for (let i = from; i < scores.length; i++) {
    const score = scores[i] as number;
    const centred = score - drift * before;
    const term = (logWeights[i] as number) - (0.5 * centred * centred) / before + normalLogUpper((shift - score) / deviation);
    terms.push(term);
    largest = Math.max(largest, term);
  }
  if (largest === -Infinity) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0)) - 0.5 * Math.log(before) - logSqrtTwoPi;
}

/** ln of the density of "not stopped before, score" without drift: how fast {@link logCrossing} falls with the boundary. */
export function logDensity(previous: Continuation | null, information: number, score: number): number {
  return (
    Math.log(survivalAt(previous, information, score)) - (0.5 * score * score) / information - 0.5 * Math.log(information) - logSqrtTwoPi
  );
}

/**
 * The region behind a look's boundary, as the next look needs it.
 *
 * @param next  information at the next look
 * @see Armitage, McPherson and Rowe (1969)
 */
export function continuationAfter(
  previous: Continuation | null,
  information: number,
  boundary: number,
  sides: 1 | 2,
  next: number,
): Continuation {
  const own = previous ? information - previous.information : Infinity;
  const deviation = 1 / Math.sqrt(1 / own + 1 / bridgeVariance(information, next));
  // Two sides mirror one another: the upper half is computed. One side: paths from far below hardly ever cross later.
  const low = sides === 2 ? 0 : -reach * Math.sqrt(information) + 2 * Math.min(0, boundary);
  const high = Math.min(boundary, farthest * Math.sqrt(information));
  const panels = Math.max(1, Math.ceil((high - low) / (panelWidth * deviation)));
  const edges = Array.from({ length: panels + 1 }, (_, k) => low + ((high - low) * k) / panels);
  const upper: { readonly score: number; readonly weight: number }[] = [];
  forEachNode(edges, (score, weight) => {
    upper.push({ score, weight: weight * survivalAt(previous, information, score) });
  });
  upper.sort((a, b) => a.score - b.score);
  const all = sides === 2 ? [...upper.map(({ score, weight }) => ({ score: -score, weight })).toReversed(), ...upper] : upper;
  return {
    information,
    scores: Float64Array.from(all, ({ score }) => score),
    weights: Float64Array.from(all, ({ weight }) => weight),
    logWeights: Float64Array.from(all, ({ weight }) => Math.log(weight)),
  };
}

/** Index of the first score at or above a value. */
function firstFrom(scores: Float64Array, value: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scores[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
