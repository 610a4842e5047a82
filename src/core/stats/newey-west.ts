import { normalTails } from './normal.js';
import { finite, requireCount, requireValid, StatisticsError } from './statistics-error.js';

/**
 * Difference of means along one long series of windows with the Newey-West variance: Bartlett weights 1 - lag / (lags + 1),
 * no prewhitening, no small-sample factor.
 *
 * @param outcomes  one a window, in time order
 * @param treated   whether the window had the treatment, in the same order
 * @param lags      windows over which neighbours may be alike
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE below two windows of either kind, ZERO_VARIANCE
 * @see Newey and West (1987)
 */
export function neweyWestDifference(outcomes: readonly number[], treated: readonly boolean[], lags: number) {
  requireValid(outcomes.length === treated.length, 'every window needs its treatment');
  for (const outcome of outcomes) requireValid(Number.isFinite(outcome), `outcomes must be finite, received ${outcome}`);
  requireCount('lags', lags);
  const treatedCount = treated.filter(Boolean).length;
  const controlCount = treated.length - treatedCount;
  if (Math.min(treatedCount, controlCount) < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'needs two windows of each kind');
  // The second round takes out the rounding of a long sum.
  const meanOver = (isTreated: boolean, count: number) => {
    const average = (about: number) =>
      outcomes.reduce((sum, outcome, index) => (treated[index] === isTreated ? sum + (outcome - about) : sum), 0) / count;
    const mean = average(0);
    return mean + average(mean);
  };
  const treatedMean = meanOver(true, treatedCount);
  const controlMean = meanOver(false, controlCount);
  // What each window adds to the difference: its residual over the number of its kind.
  const influences = outcomes.map((outcome, index) =>
    treated[index] ? (outcome - treatedMean) / treatedCount : -(outcome - controlMean) / controlCount,
  );
  let variance = 0;
  for (let lag = 0; lag <= Math.min(lags, outcomes.length - 1); lag++) {
    let covariance = 0;
    for (let t = lag; t < influences.length; t++) covariance += (influences[t] ?? 0) * (influences[t - lag] ?? 0);
    variance += (lag === 0 ? 1 : 2 * (1 - lag / (lags + 1))) * covariance;
  }
  if (!(variance > 0)) throw new StatisticsError('ZERO_VARIANCE', 'the windows do not vary');
  const difference = treatedMean - controlMean;
  const standardError = Math.sqrt(variance);
  const z = difference / standardError;
  return finite({ difference, standardError, z, pTwoSided: Math.min(1, 2 * normalTails(Math.abs(z)).upper) });
}
