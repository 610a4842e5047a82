import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** A difference with its standard error at one look. */
export interface DifferenceReading {
  readonly difference: number;
  readonly standardError: number;
}

/**
 * Mixture sequential probability ratio test of "no difference" with a normal mixture: the confidence sequence with m = tau^2 / se^2.
 *
 * @param mixingDeviation  tau, above 0; from the registered effect, never from current data
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE
 * @see Johari et al. (2017)
 */
export function mixtureSprt({ difference, standardError }: DifferenceReading, mixingDeviation: number, alpha: number) {
  requireFinite({ difference, standardError, mixingDeviation });
  requireLevel('alpha', alpha);
  requireValid(
    standardError >= 0 && mixingDeviation > 0,
    `needs a standard error >= 0 and a mixture > 0, received ${standardError}, ${mixingDeviation}`,
  );
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const m = (mixingDeviation / standardError) ** 2;
  const z = difference / standardError;
  const logLikelihoodRatio = (z * z * m) / (2 * (m + 1)) - 0.5 * Math.log1p(m);
  const halfWidth = standardError * Math.sqrt(((2 * (m + 1)) / m) * (0.5 * Math.log1p(m) - Math.log(alpha)));
  return {
    logLikelihoodRatio,
    pValue: Math.exp(Math.min(0, -logLikelihoodRatio)),
    halfWidth,
    lower: difference - halfWidth,
    upper: difference + halfWidth,
  };
}

/** The running p-value over looks, and the first look (from 0) at which it is at most alpha; null when none. */
export function mixtureSprtSequence(looks: readonly DifferenceReading[], mixingDeviation: number, alpha: number) {
  let smallest = 1;
  const pValues = looks.map((look) => {
    smallest = Math.min(smallest, mixtureSprt(look, mixingDeviation, alpha).pValue);
    return smallest;
  });
  const first = pValues.findIndex((pValue) => pValue <= alpha);
  return { pValues, firstRejection: first < 0 ? null : first };
}
