import { normalExcess } from './mills-ratio.js';
import { normalQuantile, normalTails } from './normal.js';
import type { NormalShape } from './normal-posterior.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/**
 * What is believed of an effect after an estimate with a normal error, under a normal prior: precisions add, means are averaged with them.
 * It controls the expected loss under the prior, not the false positive rate.
 *
 * @param estimate       of the effect, treatment minus control
 * @param standardError  above 0
 * @param prior          null: flat
 * @param level          of the central interval, in (0, 1)
 * @returns losses are what choosing that side costs on average in the effect's unit: E[(-effect)+] and E[(effect)+]
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE for a standard error of 0
 * @see Gelman et al. (2013), Bayesian Data Analysis, 2.5
 */
export function gaussianEffectPosterior(estimate: number, standardError: number, prior: NormalShape | null, level: number) {
  requireFinite({ estimate, standardError });
  requireLevel('level', level);
  requireValid(standardError >= 0, `a standard error cannot be negative, received ${standardError}`);
  if (prior) {
    requireFinite({ priorMean: prior.mean, priorDeviation: prior.standardDeviation });
    requireValid(prior.standardDeviation > 0, `a prior's deviation must be above 0, received ${prior.standardDeviation}`);
  }
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const { mean, standardDeviation } = prior ? combined(estimate, standardError, prior) : { mean: estimate, standardDeviation: standardError };
  const z = mean / standardDeviation;
  requireFinite({ z });
  const halfWidth = normalQuantile((1 - level) / 2, 'upper') * standardDeviation;
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

function combined(estimate: number, standardError: number, prior: NormalShape): NormalShape {
  // Shares of the precision, by a ratio that cannot overflow.
  const ratio = standardError / prior.standardDeviation;
  const shareOfPrior = ratio ** 2 / (1 + ratio ** 2);
  const mean = ratio > 1e100 ? prior.mean : estimate + shareOfPrior * (prior.mean - estimate);
  return { mean, standardDeviation: prior.standardDeviation / Math.hypot(1, 1 / ratio) };
}
