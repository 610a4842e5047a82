import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** A difference with its standard error at one look. */
export interface DifferenceReading {
  readonly difference: number;
  readonly standardError: number;
}

/**
 * Mixture sequential probability ratio test of "no difference" with a normal mixture, valid whenever it is read. With V = se^2:
 * ln ratio = ln(V/(V + tau^2))/2 + tau^2 d^2/(2 V (V + tau^2)): the confidence sequence with m = tau^2/V.
 *
 * @param mixingDeviation  tau, above 0; from the registered effect, never from current data
 * @param alpha            of the interval, in (0, 1)
 * @returns the p-value min(1, 1/ratio) of this reading alone
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE
 * @see Robbins (1970); Johari et al. (2017)
 */
export function mixtureSprt({ difference, standardError }: DifferenceReading, mixingDeviation: number, alpha: number) {
  requireReading({ difference, standardError });
  requireFinite({ mixingDeviation });
  requireLevel('alpha', alpha);
  requireValid(mixingDeviation > 0, `a mixture needs a deviation > 0, received ${mixingDeviation}`);
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const ratio = mixingDeviation / standardError;
  // ln(1 + m), and m / (1 + m): neither overflows.
  const logGrowth = ratio < 1 ? Math.log1p(ratio * ratio) : 2 * Math.log(Math.hypot(1, ratio));
  const share = 1 / (1 + (1 / ratio) ** 2);
  const z = difference / standardError;
  requireFinite({ z, ratio });
  requireValid(share > 0, `a mixture of ${mixingDeviation} is nothing beside a standard error of ${standardError}`);
  const logLikelihoodRatio = 0.5 * (share * z * z - logGrowth);
  requireFinite({ logLikelihoodRatio });
  const halfWidth = standardError * Math.sqrt((logGrowth - 2 * Math.log(alpha)) / share);
  return {
    logLikelihoodRatio,
    pValue: Math.exp(Math.min(0, -logLikelihoodRatio)),
    halfWidth,
    lower: difference - halfWidth,
    upper: difference + halfWidth,
  };
}

/**
 * The running p-value over looks, and the first look (from 0) at which it is at most alpha; null when none.
 *
 * @throws StatisticsError as {@link mixtureSprt}, INSUFFICIENT_SAMPLE without looks
 * @see Johari et al. (2022), Always Valid Inference
 */
export function mixtureSprtSequence(looks: readonly DifferenceReading[], mixingDeviation: number, alpha: number) {
  for (const look of looks) requireReading(look);
  if (looks.length === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no looks');
  let smallest = 1;
  const pValues = looks.map((look) => {
    smallest = Math.min(smallest, mixtureSprt(look, mixingDeviation, alpha).pValue);
    return smallest;
  });
  const first = pValues.findIndex((pValue) => pValue <= alpha);
  return { pValues, firstRejection: first < 0 ? null : first };
}

function requireReading({ difference, standardError }: DifferenceReading): void {
  requireFinite({ difference, standardError });
  requireValid(standardError >= 0, `a standard error cannot be negative, received ${standardError}`);
}
