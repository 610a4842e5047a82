import { type SprtErrors, sprtDifference, sprtThresholds } from './sprt.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/**
 * Wald's test of "no difference" against a registered one on either side: the mean of the two likelihood ratios is a martingale while there is
 * nothing, so that it ever reaches 1/p with the chance p at most, however often one looks and whether or not one stops (Ville). Wald's own bound
 * (1 - beta) / alpha is lower by the chance to miss, and holds only if nobody reads on after the test has accepted.
 *
 * @param standardError  above 0
 * @param alternative    the registered difference, above 0
 * @param alpha          of the interval, in (0, 1)
 * @returns the p-value of this reading alone, and the half width of the differences that the same test would not reject. It never falls below half
 *   the alternative: differences closer than that are told apart by no test of these two points
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE
 * @see Wald (1945); Ville (1939)
 */
export function twoPointTest(difference: number, standardError: number, alternative: number, alpha: number) {
  requireFinite({ difference, standardError, alternative });
  requireLevel('alpha', alpha);
  requireValid(standardError >= 0 && alternative > 0, 'needs a standard error >= 0 and an alternative above 0');
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const drift = alternative / standardError;
  const z = Math.abs(difference) / standardError;
  // Mean of exp(u - c) and exp(-u - c): its logarithm without overflow.
  const logRatio = drift * (z - drift / 2) + Math.log1p(Math.exp(-2 * drift * z)) - Math.LN2;
  requireFinite({ logRatio });
  // cosh(drift x) = exp(drift^2 / 2) / alpha, solved for x by its logarithm.
  const logCosh = drift ** 2 / 2 - Math.log(alpha);
  const halfWidth = ((logCosh + Math.log1p(Math.sqrt(-Math.expm1(-2 * logCosh)))) / drift) * standardError;
  requireFinite({ halfWidth });
  return { logRatio, pValue: Math.exp(Math.min(0, -logRatio)), halfWidth };
}

/**
 * Whether Wald's tests of both sides accept "no difference": neither the registered rise nor the registered fall is missed with more than beta.
 *
 * @param errors  alpha of one side
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE
 * @see Wald (1945)
 */
export function acceptsNull(difference: number, standardError: number, alternative: number, errors: SprtErrors): boolean {
  if (!(errors.alpha + errors.beta < 1)) return false;
  const { logLower } = sprtThresholds(errors);
  return [alternative, -alternative].every(
    (side) => sprtDifference(difference, standardError, side, errors).logLikelihoodRatio <= logLower,
  );
}
