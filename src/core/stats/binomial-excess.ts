import { betaTails } from './beta.js';
import { lnBeta } from './ln-gamma.js';
import { requireCount, requireLevel, requireValid } from './statistics-error.js';

/** Of the mixture: Beta(1, 99), so most sensitive to shares of some percent. */
const [alpha, beta] = [1, 99];

/**
 * ln of the p-value of "the share of successes is at most this", which may be read as often as one likes while trials and successes grow: the reciprocal of
 * the likelihood ratio of all greater shares, mixed by a beta distribution cut off below the tolerated one, against that one.
 *
 * A trial whose success comes later does no harm: until then the p-value is greater than it will be.
 *
 * @param share  the tolerated share, in (0, 1)
 * @throws StatisticsError INVALID_DATA
 * @see Robbins (1970); Howard et al. (2021), beta-binomial mixture
 */
export function binomialExcessLogPValue(successes: number, trials: number, share: number): number {
  requireCount('successes', successes);
  requireCount('trials', trials);
  requireValid(successes <= trials, `${successes} successes of ${trials} trials`);
  requireLevel('share', share);
  const failures = trials - successes;
  const above = betaTails(share, alpha + successes, beta + failures).upper;
  // So far below the tolerated share that no greater one is thinkable.
  if (above === 0) return 0;
  const mixed = lnBeta(alpha + successes, beta + failures) + Math.log(above);
  const mixedBefore = lnBeta(alpha, beta) + Math.log(betaTails(share, alpha, beta).upper);
  const tolerated = successes * Math.log(share) + failures * Math.log1p(-share);
  return Math.min(0, tolerated + mixedBefore - mixed);
}
