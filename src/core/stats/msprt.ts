import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** A difference as read at a look. */
export interface DifferenceReading {
  readonly difference: number;
  readonly standardError: number;
}

/**
 * Mixture sequential probability ratio test of "no difference" against normally distributed ones, valid whenever it is read.
 * With V = se^2: ln ratio = ln(V/(V + tau^2))/2 + tau^2 d^2/(2 V (V + tau^2)). The same as a confidence sequence with m = tau^2/V.
 *
 * @param mixingDeviation  tau, above 0; to be fixed before the data (from the registered effect), or the promise is void
 * @param alpha            of the interval, in (0, 1)
 * @returns the p-value min(1, 1/ratio) of this reading alone, and the differences whose own ratio is below 1/alpha
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE for a standard error of 0
 * @see Robbins (1970); Johari et al. (2017), Peeking at A/B tests, KDD
 */
export function mixtureTest({ difference, standardError }: DifferenceReading, mixingDeviation: number, alpha: number) {
  requireReading({ difference, standardError });
  requireFinite({ mixingDeviation });
  requireValid(mixingDeviation > 0, `the mixing deviation must be above 0, received ${mixingDeviation}`);
  requireLevel('alpha', alpha);
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const ratio = mixingDeviation / standardError;
  // (V + tau^2)/V by its logarithm, and the share of tau^2 in it; neither overflows.
  const logSum = ratio < 1 ? Math.log1p(ratio * ratio) : 2 * Math.log(Math.hypot(1, ratio));
  const share = 1 / (1 + (1 / ratio) ** 2);
  const z = difference / standardError;
  requireFinite({ z, ratio });
  requireValid(share > 0, `a mixing deviation of ${mixingDeviation} is nothing beside a standard error of ${standardError}`);
  const logLikelihoodRatio = 0.5 * (share * z * z - logSum);
  const halfWidth = standardError * Math.sqrt((logSum - 2 * Math.log(alpha)) / share);
  return {
    logLikelihoodRatio,
    pValue: Math.min(1, Math.exp(-logLikelihoodRatio)),
    halfWidth,
    lower: difference - halfWidth,
    upper: difference + halfWidth,
  };
}

/**
 * The same over looks: p-values only fall.
 *
 * @param looks  one or more, in order of time
 * @returns the running minimum of the p-values, and the first look (from 0) at which it is at most alpha, or null
 * @throws StatisticsError as {@link mixtureTest}, INSUFFICIENT_SAMPLE without looks
 */
export function mixtureTestSequence(looks: readonly DifferenceReading[], mixingDeviation: number, alpha: number) {
  for (const look of looks) requireReading(look);
  if (looks.length === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no looks');
  let smallest = 1;
  const pValues = looks.map((look) => {
    smallest = Math.min(smallest, mixtureTest(look, mixingDeviation, alpha).pValue);
    return smallest;
  });
  const first = pValues.findIndex((pValue) => pValue <= alpha);
  return { pValues, firstRejectionLook: first < 0 ? null : first };
}

function requireReading({ difference, standardError }: DifferenceReading): void {
  requireFinite({ difference, standardError });
  requireValid(standardError >= 0, `a standard error cannot be negative, received ${standardError}`);
}
