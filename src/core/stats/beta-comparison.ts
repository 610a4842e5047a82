import type { BetaShape } from './beta-posterior.js';
import { bracketedRoot } from './bracketed-root.js';
import { incompleteBeta } from './incomplete-beta.js';
import { normalQuantile } from './normal.js';
import { forEachNode } from './quadrature.js';
import { logBetaPrefactor } from './saddle-point.js';
import { requireFinite, requireLevel, requireValid } from './statistics-error.js';

/** Deviations on either side of the centre that are integrated over: what is left out is below 1e-18. */
const reach = 10.5;

/** Panels of three deviations, and of half a one for a posterior of few trials, which the other one's ends at 0 and 1 reach into. */
const panelWidths = { many: 3, few: 0.5 };
const manyTrials = 200;

interface Node {
  readonly value: number;
  /** Of the posterior's probability. */
  readonly mass: number;
}

/**
 * Central credible intervals of the difference of two rates and of the change relative to the control, exact under their beta posteriors:
 * P(treatment <= f(control)) by quadrature over the narrower of the two, on whose scale the other is smooth. Good to 1e-9 of a deviation, with a
 * handful of trials to 1e-4.
 *
 * @param level  in (0, 1)
 * @returns bounds of treatment - control, and of treatment / control - 1
 * @throws StatisticsError INVALID_DATA
 * @see Cook (2003), Numerical Computation of Stochastic Inequality Probabilities
 */
export function betaComparison(control: BetaShape, treatment: BetaShape, level: number) {
  requireLevel('level', level);
  for (const shape of [control, treatment]) {
    requireFinite({ ...shape });
    requireValid(shape.alpha >= 1 && shape.beta >= 1, 'a posterior of a uniform prior has parameters of 1 and more');
  }
  const isControlNarrower = control.alpha + control.beta >= treatment.alpha + treatment.beta;
  const nodes = nodesOf(isControlNarrower ? control : treatment);
  /** P(treatment <= f(control)) for a rising f with its inverse. */
  const lower = (f: (rate: number) => number, inverse: (rate: number) => number) =>
    isControlNarrower
      ? nodes.reduce((sum, { value, mass }) => sum + mass * tailsOf(treatment, f(value)).lower, 0)
      : nodes.reduce((sum, { value, mass }) => sum + mass * tailsOf(control, inverse(value)).upper, 0);
  const differenceBelow = (difference: number) =>
    lower(
      (rate) => rate + difference,
      (rate) => rate - difference,
    );
  const ratioBelow = (logRatio: number) =>
    lower(
      (rate) => rate * Math.exp(logRatio),
      (rate) => rate * Math.exp(-logRatio),
    );
  const [c, t] = [momentsOf(control), momentsOf(treatment)];
  const deviation = Math.hypot(c.deviation, t.deviation);
  const logDeviation = Math.hypot(c.deviation / c.mean, t.deviation / t.mean);
  const point = normalQuantile((1 - level) / 2, 'upper');
  const bounds = (below: (x: number) => number, centre: number, scale: number) =>
    [(1 - level) / 2, (1 + level) / 2].map((probability, index) =>
      quantile(below, probability, centre + (index === 0 ? -point : point) * scale, scale),
    ) as [number, number];
  const [low, high] = bounds(differenceBelow, t.mean - c.mean, deviation);
  const [lowLog, highLog] = bounds(ratioBelow, Math.log(t.mean / c.mean), logDeviation);
  return { difference: { lower: low, upper: high }, lift: { lower: Math.expm1(lowLog), upper: Math.expm1(highLog) } };
}

/** From a guess outwards until the probability is between, then by regula falsi to 1e-9 of a deviation. */
function quantile(below: (x: number) => number, probability: number, guess: number, scale: number): number {
  const excess = (x: number) => below(x) - probability;
  let [low, high] = [guess - scale / 8, guess + scale / 8];
  for (let stride = scale / 4; excess(low) > 0; stride *= 2) low -= stride;
  for (let stride = scale / 4; excess(high) < 0; stride *= 2) high += stride;
  return bracketedRoot(excess, low, high, 1e-9 * scale);
}

function momentsOf({ alpha, beta }: BetaShape): { readonly mean: number; readonly deviation: number } {
  const sum = alpha + beta;
  return { mean: alpha / sum, deviation: Math.sqrt(((alpha / sum) * (beta / sum)) / (sum + 1)) };
}

function tailsOf({ alpha, beta }: BetaShape, rate: number): { readonly lower: number; readonly upper: number } {
  if (rate <= 0) return { lower: 0, upper: 1 };
  return rate >= 1 ? { lower: 1, upper: 0 } : incompleteBeta(alpha, beta, rate, 1 - rate);
}

/** On the axis phi, rate = sin^2(phi / 2), every posterior is about equally wide, 1 / sqrt(alpha + beta), and smooth at both ends. */
function nodesOf({ alpha, beta }: BetaShape): readonly Node[] {
  const centre = 2 * Math.atan2(Math.sqrt(alpha), Math.sqrt(beta));
  const deviation = 1 / Math.sqrt(alpha + beta);
  const edges: number[] = [];
  const panelWidth = alpha + beta < manyTrials ? panelWidths.few : panelWidths.many;
  for (let k = -reach; k <= reach; k += panelWidth) edges.push(Math.min(Math.PI, Math.max(0, centre + k * deviation)));
  const nodes: Node[] = [];
  forEachNode(
    edges.filter((edge, i) => i === 0 || edge > (edges[i - 1] ?? 0)),
    (phi, weight) => {
      const [x, y] = [Math.sin(phi / 2) ** 2, Math.cos(phi / 2) ** 2];
      const mass = (weight * Math.exp(logBetaPrefactor(alpha, beta, x, y))) / Math.sqrt(x * y);
      if (mass > 0) nodes.push({ value: x, mass });
    },
  );
  return nodes;
}
