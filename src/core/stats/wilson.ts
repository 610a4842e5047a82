import { normalQuantile } from './normal.js';
import { requireLevel } from './statistics-error.js';
import { type Proportion, rateDifference, requireProportion } from './two-proportions.js';

/** Score interval of one rate; stays in [0, 1]. @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE @see Wilson (1927) */
export function wilsonInterval(arm: Proportion, level: number): { readonly lower: number; readonly upper: number } {
  requireLevel('level', level);
  requireProportion(arm);
  return wilsonAt(arm, normalQuantile((1 - level) / 2, 'upper'));
}

/**
 * Hybrid score interval of the difference of two rates, treatment minus control; stays in [-1, 1] and works at 0 and n.
 *
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE
 * @see Newcombe (1998), method 10
 */
export function newcombeInterval(
  control: Proportion,
  treatment: Proportion,
  level: number,
): { readonly lower: number; readonly upper: number } {
  requireLevel('level', level);
  requireProportion(control, treatment);
  const z = normalQuantile((1 - level) / 2, 'upper');
  const controlBounds = wilsonAt(control, z);
  const treatmentBounds = wilsonAt(treatment, z);
  const controlRate = control.successes / control.trials;
  const treatmentRate = treatment.successes / treatment.trials;
  const difference = rateDifference(control, treatment);
  return {
    lower: difference - Math.hypot(treatmentRate - treatmentBounds.lower, controlBounds.upper - controlRate),
    upper: difference + Math.hypot(treatmentBounds.upper - treatmentRate, controlRate - controlBounds.lower),
  };
}

function wilsonAt({ successes, trials }: Proportion, z: number): { readonly lower: number; readonly upper: number } {
  const failures = trials - successes;
  const square = z * z;
  const root = z * Math.sqrt(square / 4 + successes * (failures / trials));
  // Each bound from the side on which nothing cancels: the lower one as a share of successes, the upper one by the share of failures.
  const upper = (successes + square / 2 + root) / (trials + square);
  const lower = successes === 0 ? 0 : (successes * (successes / trials)) / (successes + square / 2 + root);
  return { lower, upper: failures === 0 ? 1 : upper };
}
