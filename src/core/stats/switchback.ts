import { normalTails } from './normal.js';
import { requireCount, requireValid, StatisticsError } from './statistics-error.js';

/** One window of a switchback, burn-in cut off. */
export interface SwitchbackWindow {
  readonly outcome: number;
  readonly treated: boolean;
}

/**
 * Difference of the treated and the other windows of one long series, with Newey and West's variance: neighbouring windows are alike, so
 * their products count too, with Bartlett's weights 1 - l/(L + 1) up to lag L. The slope of outcome ~ treated, no small-sample factor.
 *
 * @param windows  in order of time, two or more of each kind
 * @param lags     L, whole, from 0; 0 leaves White's variance
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE
 * @see Newey and West (1987); R sandwich::NeweyWest(prewhite = FALSE, adjust = FALSE); Bojinov, Simchi-Levi and Zhao (2023)
 */
export function switchbackTest(windows: readonly SwitchbackWindow[], lags: number) {
  requireCount('lags', lags);
  for (const { outcome } of windows) requireValid(Number.isFinite(outcome), `outcomes must be finite, received ${outcome}`);
  const [treated, control] = [true, false].map((kind) => windows.filter((window) => window.treated === kind)) as [
    readonly SwitchbackWindow[],
    readonly SwitchbackWindow[],
  ];
  const fewest = Math.min(treated.length, control.length);
  if (fewest < 2) throw new StatisticsError('INSUFFICIENT_SAMPLE', `needs 2 windows of each kind, received ${fewest}`);
  const [treatedMean, controlMean] = [meanOf(treated), meanOf(control)];
  // What each window adds to the error of the difference.
  const influences = windows.map((window) =>
    window.treated ? (window.outcome - treatedMean) / treated.length : (controlMean - window.outcome) / control.length,
  );
  const product = (lag: number) => influences.slice(lag).reduce((sum, influence, index) => sum + influence * (influences[index] ?? 0), 0);
  let variance = product(0);
  for (let lag = 1; lag <= Math.min(lags, windows.length - 1); lag++) variance += 2 * (1 - lag / (lags + 1)) * product(lag);
  if (!(variance > 0)) throw new StatisticsError('ZERO_VARIANCE', 'the windows do not vary');
  const difference = treatedMean - controlMean;
  const standardError = Math.sqrt(variance);
  const z = difference / standardError;
  return { difference, standardError, z, pTwoSided: Math.min(1, 2 * normalTails(Math.abs(z)).upper), controlMean, treatedMean };
}

function meanOf(windows: readonly SwitchbackWindow[]): number {
  const mean = windows.reduce((sum, { outcome }) => sum + outcome, 0) / windows.length;
  return mean + windows.reduce((sum, { outcome }) => sum + (outcome - mean), 0) / windows.length;
}
