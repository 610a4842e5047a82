import { halfDeviance } from './saddle-point.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type Proportion, requireProportion } from './two-proportions.js';

/** Errors that are promised: alpha of a false rejection, beta of a false acceptance. */
export interface SprtErrors {
  readonly alpha: number;
  readonly beta: number;
}

export type SprtDecision = 'REJECT_NULL' | 'ACCEPT_NULL' | 'CONTINUE';

export interface SprtReading {
  /** ln of the likelihood under the alternative over that under the null hypothesis. */
  readonly logLikelihoodRatio: number;
  readonly decision: SprtDecision;
}

/**
 * Wald's thresholds of the likelihood ratio: reject from (1 - beta)/alpha, accept to beta/(1 - alpha).
 * Ignoring the overshoot makes both errors smaller than promised, taken together.
 *
 * @param errors  each in (0, 1), with a sum below 1
 * @throws StatisticsError INVALID_DATA
 * @see Wald (1945)
 * @example sprtThresholds({ alpha: 0.05, beta: 0.2 }).upper; // 16
 */
export function sprtThresholds({ alpha, beta }: SprtErrors) {
  requireLevel('alpha', alpha);
  requireLevel('beta', beta);
  requireValid(alpha + beta < 1, `errors of ${alpha} and ${beta} leave nothing to test`);
  return {
    upper: (1 - beta) / alpha,
    lower: beta / (1 - alpha),
    logUpper: Math.log1p(-beta) - Math.log(alpha),
    logLower: Math.log(beta) - Math.log1p(-alpha),
  };
}

/**
 * Sequential probability ratio test of one rate against another, from counts so far.
 * ln ratio = s ln(p1/p0) + (n - s) ln((1 - p1)/(1 - p0)), as a difference of deviances: where the rates are close, little cancels.
 *
 * @param nullRate,alternativeRate  in (0, 1), different
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE without trials
 * @see Wald (1945)
 */
export function sprtRate(counts: Proportion, nullRate: number, alternativeRate: number, errors: SprtErrors): SprtReading {
  requireLevel('null rate', nullRate);
  requireLevel('alternative rate', alternativeRate);
  requireValid(nullRate !== alternativeRate, `null hypothesis and alternative are both ${nullRate}`);
  const thresholds = sprtThresholds(errors);
  requireProportion(counts);
  return decided(devianceFrom(counts, nullRate) - devianceFrom(counts, alternativeRate), thresholds);
}

/**
 * The same for a difference with a known standard error, null hypothesis 0: ln ratio = d1 (d - d1/2) / se^2.
 * One-sided in use: a difference beyond the alternative is found with more certainty still.
 *
 * @param alternative  d1, not 0: the registered smallest effect, in its direction
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE for a standard error of 0
 */
export function sprtDifference(difference: number, standardError: number, alternative: number, errors: SprtErrors): SprtReading {
  requireFinite({ difference, standardError, alternative });
  requireValid(standardError >= 0, `a standard error cannot be negative, received ${standardError}`);
  requireValid(alternative !== 0, 'there is no effect to detect');
  const thresholds = sprtThresholds(errors);
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const ratio = (alternative / standardError) * ((difference - alternative / 2) / standardError);
  requireFinite({ ratio });
  return decided(ratio, thresholds);
}

function decided(logLikelihoodRatio: number, { logUpper, logLower }: ReturnType<typeof sprtThresholds>): SprtReading {
  if (logLikelihoodRatio >= logUpper) return { logLikelihoodRatio, decision: 'REJECT_NULL' };
  if (logLikelihoodRatio <= logLower) return { logLikelihoodRatio, decision: 'ACCEPT_NULL' };
  return { logLikelihoodRatio, decision: 'CONTINUE' };
}

/** ln of the likelihood at the observed rate over that at another. */
function devianceFrom({ successes, trials }: Proportion, rate: number): number {
  const part = (count: number, mean: number) => (count === 0 ? mean : halfDeviance(count, mean));
  return part(successes, trials * rate) + part(trials - successes, trials * (1 - rate));
}
