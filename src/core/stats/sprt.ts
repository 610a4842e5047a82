import { halfDeviance } from './saddle-point.js';
import { finite, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { type Proportion, requireProportion } from './two-proportions.js';

/** Errors of Wald's test: false rejection and false acceptance, each in (0, 1). */
export interface SprtErrors {
  readonly alpha: number;
  readonly beta: number;
}

export type SprtDecision = 'REJECT_NULL' | 'ACCEPT_NULL' | 'CONTINUE';

/** Wald's bounds of the likelihood ratio, (1 - beta) / alpha and beta / (1 - alpha). @throws StatisticsError INVALID_DATA @see Wald (1945) */
export function sprtThresholds({ alpha, beta }: SprtErrors) {
  requireLevel('alpha', alpha);
  requireLevel('beta', beta);
  requireValid(alpha + beta < 1, `alpha and beta must sum to less than 1, received ${alpha} and ${beta}`);
  const logUpper = Math.log1p(-beta) - Math.log(alpha);
  const logLower = Math.log(beta) - Math.log1p(-alpha);
  return finite({ upper: (1 - beta) / alpha, lower: beta / (1 - alpha), logUpper, logLower });
}

/**
 * One rate against two simple hypotheses: s ln(p1/p0) + (n - s) ln((1 - p1)/(1 - p0)), as a difference of deviances, where little cancels.
 *
 * @throws StatisticsError INVALID_DATA for equal rates or rates outside (0, 1), INSUFFICIENT_SAMPLE without trials
 * @see Wald (1945)
 */
export function sprtBernoulli({ successes, trials }: Proportion, nullRate: number, alternativeRate: number, errors: SprtErrors) {
  requireLevel('null rate', nullRate);
  requireLevel('alternative rate', alternativeRate);
  requireValid(nullRate !== alternativeRate, 'the two rates are equal');
  const thresholds = sprtThresholds(errors);
  requireProportion({ successes, trials });
  const logLikelihoodRatio = finite(devianceFrom({ successes, trials }, nullRate) - devianceFrom({ successes, trials }, alternativeRate));
  return { logLikelihoodRatio, decision: decisionOf(logLikelihoodRatio, thresholds) };
}

/**
 * A difference against 0 and a registered one, normal: d1 (d - d1/2) / se^2. A difference beyond the registered one is found more surely still.
 *
 * @param alternative  not 0: the registered smallest effect, in its direction
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE
 * @see Wald (1945)
 */
export function sprtDifference(difference: number, standardError: number, alternative: number, errors: SprtErrors) {
  requireFinite({ difference, standardError, alternative });
  requireValid(standardError >= 0 && alternative !== 0, 'needs a standard error >= 0 and an alternative other than 0');
  const thresholds = sprtThresholds(errors);
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const logLikelihoodRatio = ((difference - alternative / 2) / standardError) * (alternative / standardError);
  requireFinite({ logLikelihoodRatio });
  return { logLikelihoodRatio, decision: decisionOf(logLikelihoodRatio, thresholds) };
}

function decisionOf(logLikelihoodRatio: number, { logUpper, logLower }: ReturnType<typeof sprtThresholds>): SprtDecision {
  if (logLikelihoodRatio >= logUpper) return 'REJECT_NULL';
  return logLikelihoodRatio <= logLower ? 'ACCEPT_NULL' : 'CONTINUE';
}

/** ln of the likelihood at the observed rate over that at another. */
function devianceFrom({ successes, trials }: Proportion, rate: number): number {
  const part = (count: number, mean: number) => (count === 0 ? mean : halfDeviance(count, mean));
  return part(successes, trials * rate) + part(trials - successes, trials * (1 - rate));
}
