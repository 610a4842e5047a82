import { normalDensity, normalQuantile, normalTails } from './normal.js';
import type { NormalShape } from './normal-posterior.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/**
 * Normal posterior of an effect: how likely it is above 0, and what either choice loses on average.
 *
 * @param prior  of the effect; null: flat
 * @returns losses in the effect's unit
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE when the standard error is 0
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
  const dataPrecision = 1 / standardError ** 2;
  const priorPrecision = prior ? 1 / prior.standardDeviation ** 2 : 0;
  const precision = dataPrecision + priorPrecision;
  const mean = (dataPrecision * estimate + priorPrecision * (prior?.mean ?? 0)) / precision;
  const standardDeviation = 1 / Math.sqrt(precision);
  const z = mean / standardDeviation;
  const halfWidth = normalQuantile((1 - level) / 2, 'upper') * standardDeviation;
  return {
    mean,
    standardDeviation,
    probabilityPositive: normalTails(z).lower,
    expectedLossTreatment: standardDeviation * unitLoss(z),
    expectedLossControl: standardDeviation * unitLoss(-z),
    lower: mean - halfWidth,
    upper: mean + halfWidth,
  };
}

/** E[max(-X, 0)] for X normal with mean z and deviation 1: phi(z) - z Q(z), by Mills' continued fraction where that would cancel. */
function unitLoss(z: number): number {
  if (z < 3) return normalDensity(z) - z * normalTails(z).upper;
  // Q/phi = 1 / (z + rest), so that 1 - z Q/phi = rest / (z + rest).
  let rest = 0;
  for (let n = 400; n >= 1; n--) rest = n / (z + rest);
  return (normalDensity(z) * rest) / (z + rest);
}
