import { bestOf, type Posterior } from './best-of.js';
import { lnBeta } from './ln-gamma.js';
import type { Moments } from './moments.js';
import { requireCount, requireFinite, requireLevel, requireValid } from './statistics-error.js';
import { studentQuantile, studentTails } from './student-t.js';

/** Normal-inverse-gamma: variance ~ InvGamma(alpha, beta), mean given variance ~ N(mean, variance / kappa). */
export interface MeanShape {
  readonly mean: number;
  readonly kappa: number;
  readonly alpha: number;
  readonly beta: number;
}

/** Panels grow as sinh(k / 4), so that heavy tails are reached in few; beyond this many no double holds the rest. */
const mostPanels = 600;

/**
 * Posteriors of means whose variance is unknown too, and who is best. The marginal of a mean is Student's t with 2 alpha degrees of freedom and
 * scale sqrt(beta / (alpha kappa)); an arm without units has the prior.
 *
 * @param prior  kappa, alpha and beta above 0; alpha above 1/2 for a loss to exist
 * @throws StatisticsError INVALID_DATA
 * @see Murphy (2007)
 */
export function meanPosterior(arms: readonly Moments[], prior: MeanShape, level: number) {
  requireFinite({ ...prior });
  requireValid(prior.kappa > 0 && prior.alpha > 0.5 && prior.beta > 0, 'a prior needs kappa > 0, alpha > 1/2 and beta > 0');
  requireLevel('level', level);
  const posterior = arms.map((arm) => updated(arm, prior));
  const marginals = posterior.map(({ mean, kappa, alpha, beta }) => ({
    mean,
    scale: Math.sqrt(beta / (alpha * kappa)),
    degreesOfFreedom: 2 * alpha,
  }));
  return {
    ...bestOf(marginals.map(onAxis)),
    posterior,
    intervals: marginals.map(({ mean, scale, degreesOfFreedom }) => {
      const halfWidth = studentQuantile((1 - level) / 2, degreesOfFreedom, 'upper') * scale;
      return { lower: mean - halfWidth, upper: mean + halfWidth };
    }),
  };
}

function updated({ n, mean, variance }: Moments, prior: MeanShape): MeanShape {
  requireCount('n', n);
  requireFinite({ mean, variance });
  requireValid(variance >= 0, `a variance cannot be negative, received ${variance}`);
  if (n === 0) return prior;
  const kappa = prior.kappa + n;
  const within = (n - 1) * variance;
  const between = (prior.kappa * n * (mean - prior.mean) ** 2) / kappa;
  return {
    mean: (prior.kappa * prior.mean + n * mean) / kappa,
    kappa,
    alpha: prior.alpha + n / 2,
    beta: prior.beta + within / 2 + between / 2,
  };
}

function onAxis({
  mean,
  scale,
  degreesOfFreedom,
}: {
  readonly mean: number;
  readonly scale: number;
  readonly degreesOfFreedom: number;
}): Posterior {
  let panels = 8;
  // The loss adds up tail x distance: that product is what must have vanished.
  while (panels < mostPanels && studentTails(Math.sinh(panels / 4), degreesOfFreedom).upper * Math.sinh(panels / 4) > 1e-17) panels += 2;
  const edges = Array.from({ length: 2 * panels + 1 }, (_, k) => mean + scale * Math.sinh((k - panels) / 4));
  const logConstant = -lnBeta(degreesOfFreedom / 2, 0.5) - 0.5 * Math.log(degreesOfFreedom);
  return {
    edges,
    tails: (value) => studentTails((value - mean) / scale, degreesOfFreedom),
    density: (value) => {
      const t = (value - mean) / scale;
      return Math.exp(logConstant - ((degreesOfFreedom + 1) / 2) * Math.log1p((t / degreesOfFreedom) * t)) / scale;
    },
  };
}
