import { type Moments, requireMoments } from './moments.js';
import { normalQuantile } from './normal.js';
import { requireFinite, requireLevel, StatisticsError } from './statistics-error.js';
import { studentQuantile } from './student-t.js';
import { welchError } from './welch.js';

/** Two means and the variances of these means. */
export interface MeanPair {
  readonly controlMean: number;
  readonly treatmentMean: number;
  readonly controlVariance: number;
  readonly treatmentVariance: number;
}

/**
 * Difference over |control mean| with its standard error by the delta method. @throws StatisticsError ZERO_BASELINE
 * @see Deng, Knoblich and Lu (2018)
 */
export function lift(pair: MeanPair): { readonly lift: number; readonly standardError: number } {
  const { controlMean, treatmentMean, controlVariance, treatmentVariance } = pair;
  if (controlMean === 0) throw new StatisticsError('ZERO_BASELINE', "the control's mean is 0");
  const ratio = treatmentMean / controlMean;
  return {
    lift: (treatmentMean - controlMean) / Math.abs(controlMean),
    standardError: Math.sqrt(treatmentVariance + ratio ** 2 * controlVariance) / Math.abs(controlMean),
  };
}

/**
 * Interval of the lift by Fieller's theorem: right also where the control's mean is close to 0.
 *
 * @param z  two-sided critical value of the difference
 * @returns bounds null when the set is unbounded (g >= 1)
 * @throws StatisticsError ZERO_BASELINE
 * @see Fieller (1954)
 */
export function fiellerBounds(pair: MeanPair, z: number): { readonly g: number; readonly bounds: readonly [number, number] | null } {
  const { controlMean, treatmentMean, controlVariance, treatmentVariance } = pair;
  if (controlMean === 0) throw new StatisticsError('ZERO_BASELINE', "the control's mean is 0");
  const g = (z * z * controlVariance) / controlMean ** 2;
  if (!(g < 1)) return { g, bounds: null };
  const ratio = treatmentMean / controlMean;
  const root = (z / Math.abs(controlMean)) * Math.sqrt(treatmentVariance * (1 - g) + ratio ** 2 * controlVariance);
  const low = (ratio - root) / (1 - g) - 1;
  const high = (ratio + root) / (1 - g) - 1;
  // The ratio falls where the lift, taken over |mean|, rises.
  return { g, bounds: controlMean > 0 ? [low, high] : [-high, -low] };
}

/** Interval of the lift by the delta method, with the normal or Welch's critical value. @throws StatisticsError @see Deng, Knoblich and Lu (2018) */
export function deltaMethodLift(control: Moments, treatment: Moments, level: number, distribution: 'normal' | 'welch') {
  requireLevel('level', level);
  requireMoments(control, treatment);
  const pair = meanPair(control, treatment);
  const result = lift(pair);
  if (!(result.standardError > 0)) throw new StatisticsError('ZERO_VARIANCE', 'neither arm varies');
  const critical =
    distribution === 'normal'
      ? normalQuantile((1 - level) / 2, 'upper')
      : studentQuantile((1 - level) / 2, degreesOfFreedom(control, treatment), 'upper');
  const lower = result.lift - critical * result.standardError;
  const upper = result.lift + critical * result.standardError;
  requireFinite({ lift: result.lift, lower, upper });
  return { ...result, lower, upper };
}

/** Fieller's interval from moments. @throws StatisticsError @see Fieller (1954) */
export function fiellerLift(control: Moments, treatment: Moments, level: number) {
  requireLevel('level', level);
  requireMoments(control, treatment);
  const result = fiellerBounds(meanPair(control, treatment), normalQuantile((1 - level) / 2, 'upper'));
  if (control.variance === 0 && treatment.variance === 0) throw new StatisticsError('ZERO_VARIANCE', 'neither arm varies');
  requireFinite({ g: result.g, lower: result.bounds?.[0] ?? 0, upper: result.bounds?.[1] ?? 0 });
  return result;
}

function meanPair(control: Moments, treatment: Moments): MeanPair {
  return {
    controlMean: control.mean,
    treatmentMean: treatment.mean,
    controlVariance: control.variance / control.n,
    treatmentVariance: treatment.variance / treatment.n,
  };
}

function degreesOfFreedom(control: Moments, treatment: Moments): number {
  const estimate = ({ n, variance }: Moments) => ({ n, varianceOfValue: variance / n });
  return welchError(estimate(control), estimate(treatment)).degreesOfFreedom;
}
