import { type Moments, requireMoments } from './moments.js';
import { normalTails } from './normal.js';
import { finite, requireValid, StatisticsError } from './statistics-error.js';

/** Units of both arms that were alike in something: a segment's value, or the period of their first exposure. */
export interface Stratum {
  readonly control: Moments;
  readonly treatment: Moments;
  /** Weight of the stratum, from 0; by default its share of units. */
  readonly weight?: number;
}

/**
 * Difference of two means compared inside strata and combined with the strata's weights, which are normalised.
 * Over the periods of a bandit a base rate that drifts cannot fake an effect.
 *
 * @returns means with the same weights, so that they differ by `difference`; variances are those of the means
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE when a stratum has fewer than two units in an arm (merge strata first), ZERO_VARIANCE
 * @see Miratrix, Sekhon and Yu (2013)
 */
export function stratifiedDifference(strata: readonly Stratum[]) {
  requireValid(strata.length > 0, 'no strata');
  for (const { weight = 1 } of strata) requireValid(weight >= 0 && Number.isFinite(weight), `a weight cannot be ${weight}`);
  requireMoments(...strata.flatMap(({ control, treatment }) => [control, treatment]));
  const weightOf = ({ control, treatment, weight }: Stratum) => weight ?? control.n + treatment.n;
  const totalWeight = strata.reduce((sum, stratum) => sum + weightOf(stratum), 0);
  requireValid(totalWeight > 0, 'the weights are all 0');
  const units = strata.reduce((sum, { control, treatment }) => sum + control.n + treatment.n, 0);
  let difference = 0;
  let controlMean = 0;
  let treatmentMean = 0;
  let controlVariance = 0;
  let treatmentVariance = 0;
  let squares = 0;
  for (const stratum of strata) {
    const { control, treatment } = stratum;
    const weight = weightOf(stratum) / totalWeight;
    const own = treatment.mean - control.mean;
    difference += weight * own;
    squares += weight * own ** 2;
    controlMean += weight * control.mean;
    treatmentMean += weight * treatment.mean;
    controlVariance += (weight ** 2 * control.variance) / control.n;
    treatmentVariance += (weight ** 2 * treatment.variance) / treatment.n;
  }
  const variance = controlVariance + treatmentVariance;
  if (!(variance > 0)) throw new StatisticsError('ZERO_VARIANCE', 'no stratum varies');
  const standardError = Math.sqrt(variance);
  const z = difference / standardError;
  return finite({
    difference,
    standardError,
    /** With the variance of weights that were estimated from the same units. */
    standardErrorRandomWeights: Math.sqrt(variance + Math.max(0, squares - difference ** 2) / units),
    z,
    pTwoSided: Math.min(1, 2 * normalTails(Math.abs(z)).upper),
    controlMean,
    treatmentMean,
    controlVariance,
    treatmentVariance,
  });
}
