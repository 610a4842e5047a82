import { normalExcess } from './mills-ratio.js';
import { normalQuantile, normalTails } from './normal.js';
import type { NormalShape } from './normal-posterior.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/**
 * Normal posterior of an effect: how likely it is above 0, and what either choice loses on average. Precisions add, means are averaged with them;
 * with z = mean / sd the treatment loses sd (density(z) - z P(Z > z)). It controls the loss under the prior, not the false positive rate.
 *
 * @param standardError  above 0
 * @param prior  of the effect; null: flat
 * @returns losses in the effect's unit
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE when the standard error is 0
 * @see Gelman et al. (2013), Bayesian Data Analysis, 2.5
 */
export function gaussianEffect(estimate: number, standardError: number, prior: NormalShape | null, level: number) {
  requireFinite({ estimate, standardError, priorMean: prior?.mean ?? 0 });
  requireLevel('level', level);
  requireValid(standardError >= 0, `a standard error is at least 0, received ${standardError}`);
  requireValid(
    prior === null || (prior.standardDeviation > 0 && Number.isFinite(prior.standardDeviation)),
    "a prior's deviation is above 0",
  );
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const { mean, standardDeviation } = prior
    ? combined(estimate, standardError, prior)
    : { mean: estimate, standardDeviation: standardError };
  const z = mean / standardDeviation;
  requireFinite({ z });
  const halfWidth = normalQuantile((1 - level) / 2, 'upper') * standardDeviation;
  requireFinite({ lower: mean - halfWidth, upper: mean + halfWidth });
  return {
    mean,
    standardDeviation,
    probabilityPositive: normalTails(z).lower,
    probabilityNegative: normalTails(z).upper,
    expectedLossTreatment: standardDeviation * normalExcess(z),
    expectedLossControl: standardDeviation * normalExcess(-z),
    lower: mean - halfWidth,
    upper: mean + halfWidth,
  };
}

/** By the ratio of the two deviations: no precision overflows, and an estimate that is sure keeps its digits. */
function combined(estimate: number, standardError: number, prior: NormalShape): NormalShape {
  const ratio = standardError / prior.standardDeviation;
  const shareOfPrior = ratio > 1 ? 1 / (1 + ratio ** -2) : ratio ** 2 / (1 + ratio ** 2);
  return { mean: estimate + shareOfPrior * (prior.mean - estimate), standardDeviation: prior.standardDeviation / Math.hypot(1, 1 / ratio) };
}
