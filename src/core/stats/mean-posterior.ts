import { type BestOf, bestOf, type Posterior } from './best-of.js';
import type { Moments } from './moments.js';
import { finite, requireCount, requireFinite, requireLevel, requireValid } from './statistics-error.js';
import { studentDensity, studentQuantile, studentTails } from './student-t.js';

/** Normal-inverse-gamma: variance ~ InvGamma(alpha, beta), mean given the variance ~ N(mean, variance / kappa). kappa, alpha and beta above 0. */
export interface MeanShape {
  readonly mean: number;
  readonly kappa: number;
  readonly alpha: number;
  readonly beta: number;
}

/** Marginal of a mean: location + scale x Student's t. */
interface Marginal {
  readonly location: number;
  readonly scale: number;
  readonly degreesOfFreedom: number;
}

export interface MeanPosterior extends Omit<BestOf, 'expectedLoss'> {
  readonly posterior: readonly MeanShape[];
  readonly intervals: readonly { readonly lower: number; readonly upper: number }[];
  /** By arm, in the unit of the mean; null where a mean has no expectation (2 alpha <= 1 in some arm). */
  readonly expectedLoss: readonly (number | null)[];
}

/** A prior after an arm's values; an arm without values keeps the prior. @see Murphy (2007), Conjugate Bayesian analysis of the Gaussian distribution */
export function updatedMeanShape(prior: MeanShape, { n, mean, variance }: Moments): MeanShape {
  if (n === 0) return prior;
  const kappa = prior.kappa + n;
  const squares = (n - 1) * variance + prior.kappa * (n / kappa) * (mean - prior.mean) ** 2;
  return {
    mean: (prior.kappa / kappa) * prior.mean + (n / kappa) * mean,
    kappa,
    alpha: prior.alpha + n / 2,
    beta: prior.beta + squares / 2,
  };
}

/**
 * Exact posteriors of means with unknown variances under one prior, with central intervals and who is best.
 * The marginal of a mean is Student's t with 2 alpha degrees of freedom and scale sqrt(beta / (alpha kappa)).
 *
 * @param arms   any number of units each, 0 and 1 too (a variance then counts for nothing)
 * @param level  of the intervals, in (0, 1)
 * @throws StatisticsError INVALID_DATA
 * @see Murphy (2007), Conjugate Bayesian Analysis of the Gaussian Distribution
 */
export function meanPosterior(arms: readonly Moments[], prior: MeanShape, level: number): MeanPosterior {
  requireFinite({ ...prior });
  requireValid(prior.kappa > 0 && prior.alpha > 0 && prior.beta > 0, 'kappa, alpha and beta of a prior must be above 0');
  requireLevel('level', level);
  for (const { n, mean, variance } of arms) {
    requireCount('n', n);
    requireFinite({ mean, variance });
    requireValid(variance >= 0, `a variance cannot be negative, received ${variance}`);
  }
  const posterior = arms.map((arm) => updatedMeanShape(prior, arm));
  const marginals = posterior.map(({ mean, kappa, alpha, beta }) => ({
    location: mean,
    scale: Math.sqrt(beta / alpha / kappa),
    degreesOfFreedom: 2 * alpha,
  }));
  for (const { scale } of marginals) requireValid(scale > 0 && Number.isFinite(scale), 'values are too large or too small for their prior');
  return finite({
    posterior,
    intervals: marginals.map(({ location, scale, degreesOfFreedom }) => {
      const halfWidth = studentQuantile((1 - level) / 2, degreesOfFreedom, 'upper') * scale;
      return { lower: location - halfWidth, upper: location + halfWidth };
    }),
    ...bestOfMarginals(marginals),
  });
}

function bestOfMarginals(marginals: readonly Marginal[]): Pick<MeanPosterior, keyof BestOf> {
  // About a common centre, so that means far from 0 keep the digits of their differences.
  const centre = marginals[0]?.location ?? 0;
  const found = bestOf(marginals.map((marginal) => onAxis({ ...marginal, location: marginal.location - centre })));
  const hasMeans = marginals.every(({ degreesOfFreedom }) => degreesOfFreedom > 1);
  // Beyond the panels the loss of every arm still gains the far tail of all: of the others above, of its own below.
  const beyond = hasMeans ? marginals.reduce((sum, marginal) => sum + farExpectation(marginal), 0) : 0;
  return { ...found, expectedLoss: found.expectedLoss.map((loss) => (hasMeans ? loss + beyond : null)) };
}

/** Probability left outside the panels at either end. */
const leftOut = 1e-30;

/** Deviations at which panels begin to grow faster: what is left is a power of the distance. */
const farFrom = 16;

/** The largest deviate that is integrated to; its square still is a double. */
const farthest = 1e150;

function reachOf(degreesOfFreedom: number): number {
  // A quantile may be beyond any double with hardly a degree of freedom.
  const exponent = Math.log(1 / leftOut) / degreesOfFreedom;
  return exponent > 300 ? farthest : Math.min(farthest, studentQuantile(leftOut, degreesOfFreedom, 'upper'));
}

/** Panels at location + scale sinh(u): as wide as a fraction of the distance, and never wider than a quarter of a deviation at the centre. */
function onAxis({ location, scale, degreesOfFreedom }: Marginal): Posterior {
  const end = Math.asinh(reachOf(degreesOfFreedom));
  const places: number[] = [];
  for (let u = 0; u < end; u += Math.sinh(u) < farFrom ? 0.25 : 0.6) places.push(Math.sinh(u));
  places.push(Math.sinh(end));
  const upper = places.map((deviate) => location + scale * deviate);
  const lower = places.slice(1).map((deviate) => location - scale * deviate);
  return {
    edges: [...lower.toReversed(), ...upper],
    tails: (value) => studentTails((value - location) / scale, degreesOfFreedom),
    density: (value) => studentDensity((value - location) / scale, degreesOfFreedom) / scale,
  };
}

/** E[(value - end)+] beyond the panels, where the tail is a power: end x tail / (degrees of freedom - 1). */
function farExpectation({ scale, degreesOfFreedom }: Marginal): number {
  const end = reachOf(degreesOfFreedom);
  return degreesOfFreedom > 100 ? 0 : (scale * end * studentTails(end, degreesOfFreedom).upper) / (degreesOfFreedom - 1);
}
