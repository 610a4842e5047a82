import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
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
  return { upper: (1 - beta) / alpha, lower: beta / (1 - alpha), logUpper, logLower };
}

/** One rate against two simple hypotheses. @throws StatisticsError INVALID_DATA for equal rates or rates outside (0, 1) */
export function sprtBernoulli({ successes, trials }: Proportion, nullRate: number, alternativeRate: number, errors: SprtErrors) {
  requireLevel('null rate', nullRate);
  requireLevel('alternative rate', alternativeRate);
  requireValid(nullRate !== alternativeRate, 'the two rates are equal');
  requireProportion({ successes, trials });
  const logLikelihoodRatio =
    successes * Math.log(alternativeRate / nullRate) + (trials - successes) * (Math.log1p(-alternativeRate) - Math.log1p(-nullRate));
  return { logLikelihoodRatio, decision: decisionOf(logLikelihoodRatio, errors) };
}

/** A difference against 0 and a registered difference, normal. @throws StatisticsError INVALID_DATA, ZERO_VARIANCE */
export function sprtDifference(difference: number, standardError: number, alternative: number, errors: SprtErrors) {
  requireFinite({ difference, standardError, alternative });
  requireValid(standardError >= 0 && alternative !== 0, 'needs a standard error >= 0 and an alternative other than 0');
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const logLikelihoodRatio = ((difference - alternative / 2) / standardError) * (alternative / standardError);
  return { logLikelihoodRatio, decision: decisionOf(logLikelihoodRatio, errors) };
}

function decisionOf(logLikelihoodRatio: number, errors: SprtErrors): SprtDecision {
  const { logUpper, logLower } = sprtThresholds(errors);
  if (logLikelihoodRatio >= logUpper) return 'REJECT_NULL';
  return logLikelihoodRatio <= logLower ? 'ACCEPT_NULL' : 'CONTINUE';
}
