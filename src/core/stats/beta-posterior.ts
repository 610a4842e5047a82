import { type BestOf, bestOf, type Posterior } from './best-of.js';
import { betaQuantile } from './beta.js';
import { incompleteBeta } from './incomplete-beta.js';
import { logBetaPrefactor } from './saddle-point.js';
import { finite, requireLevel, requireShape } from './statistics-error.js';
import { type Proportion, requireProportion } from './two-proportions.js';

/** Parameters of a beta distribution, each above 0. */
export interface BetaShape {
  readonly alpha: number;
  readonly beta: number;
}

/** Deviations on either side of the centre that are integrated over: skewed posteriors leave less than 1e-20 outside. */
const reach = 14;

/**
 * Who is best of several rates with beta posteriors. On the axis phi, rate = sin^2(phi / 2), every posterior is about equally
 * wide, 1 / sqrt(alpha + beta), and smooth at both ends.
 *
 * @param shapes  2 to 20
 * @returns losses as rates
 * @throws StatisticsError INVALID_DATA for parameters that are not finite or not above 0
 * @see Gelman et al. (2013), Bayesian Data Analysis, chapter 2
 */
export function bestOfBetas(shapes: readonly BetaShape[]): BestOf {
  return bestOf(shapes.map(onAngle), (phi) => Math.sin(phi) / 2);
}

/**
 * Exact posteriors of rates under a beta prior, with means, equal-tailed intervals and who is best. Arms without trials have the prior.
 *
 * @throws StatisticsError INVALID_DATA for counts that cannot be: more successes than trials never reach the posterior
 * @see Gelman et al. (2013), Bayesian Data Analysis, chapter 2
 */
export function betaPosterior(arms: readonly Proportion[], prior: BetaShape, level: number) {
  for (const arm of arms) requireProportion({ ...arm, trials: arm.trials === 0 && arm.successes === 0 ? 1 : arm.trials });
  requireLevel('level', level);
  requireShape("a prior's alpha", prior.alpha);
  requireShape("a prior's beta", prior.beta);
  const posterior = arms.map(({ successes, trials }) => ({ alpha: prior.alpha + successes, beta: prior.beta + trials - successes }));
  const best = bestOfBetas(posterior);
  return finite({
    ...best,
    posterior,
    mean: posterior.map(({ alpha, beta }) => alpha / (alpha + beta)),
    intervals: posterior.map(({ alpha, beta }) => ({
      lower: betaQuantile((1 - level) / 2, alpha, beta, 'lower'),
      upper: betaQuantile((1 - level) / 2, alpha, beta, 'upper'),
    })),
  });
}

/** Panels that shrink towards an end where the density goes like a broken power of the distance, until what is left holds nothing. */
function powersTowards0(from: number, shape: number): number[] {
  const depth = Math.min(300, Math.ceil(7 / shape));
  return Array.from({ length: depth }, (_, k) => from * 8 ** (k - depth));
}

function onAngle({ alpha, beta }: BetaShape): Posterior {
  requireShape('alpha', alpha);
  requireShape('beta', beta);
  const centre = 2 * Math.atan2(Math.sqrt(alpha), Math.sqrt(beta));
  const deviation = 1 / Math.sqrt(alpha + beta);
  const inner: number[] = [];
  for (let k = -reach; k <= reach; k++) inner.push(centre + k * deviation);
  const inside = inner.filter((edge) => edge > 0 && edge < Math.PI);
  const low = inside[0] ?? centre;
  const high = inside.at(-1) ?? centre;
  const edges = [
    ...((inner[0] ?? 0) <= 0 ? [0, ...powersTowards0(low, alpha)] : []),
    ...inside,
    ...((inner.at(-1) ?? 0) >= Math.PI
      ? [
          ...powersTowards0(Math.PI - high, beta)
            .toReversed()
            .map((rest) => Math.PI - rest),
          Math.PI,
        ]
      : []),
  ];
  const split = (phi: number) => ({ x: Math.sin(phi / 2) ** 2, y: Math.cos(phi / 2) ** 2 });
  return {
    edges,
    tails(phi) {
      const { x, y } = split(phi);
      return incompleteBeta(alpha, beta, x, y);
    },
    density(phi) {
      const { x, y } = split(phi);
      return Math.exp(logBetaPrefactor(alpha, beta, x, y)) / Math.sqrt(x * y);
    },
  };
}
