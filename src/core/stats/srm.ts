import { chiSquareTails } from './chi-square.js';
import { stirlingError } from './ln-gamma.js';
import { halfDeviance } from './saddle-point.js';
import { finite, requireCount, requireFinite, requireValid, StatisticsError } from './statistics-error.js';

/** Units of each arm under one allocation, with the planned shares in the same order (they need not sum to 1). */
export interface RatioPeriod {
  readonly observed: readonly number[];
  readonly weights: readonly number[];
}

export interface ChiSquareTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

/** Concentration of the alternative round the planned shares; the one in general use (optimizely/ssrm). */
export const srmConcentration = 10_000;

/**
 * Pearson's test of the units against the planned shares, over arms with a share above 0; an arm without units counts.
 *
 * @throws StatisticsError INVALID_DATA when lengths differ, for bad counts or shares, and for units where none were planned; INSUFFICIENT_SAMPLE without units
 * @see Fabijan et al. (2019)
 * @example srmChiSquare({ observed: [5030, 4970], weights: [0.5, 0.5] }).pValue; // 0.5485
 */
export function srmChiSquare(period: RatioPeriod): ChiSquareTest {
  return srmChiSquareOfPeriods([period]);
}

/** The same over several allocations: statistics and degrees of freedom add; pooled expectations would have the wrong variance. @throws StatisticsError */
export function srmChiSquareOfPeriods(periods: readonly RatioPeriod[]): ChiSquareTest {
  let statistic = 0;
  let degreesOfFreedom = 0;
  for (const period of periods) {
    const arms = plannedArms(period);
    const total = arms.reduce((sum, { observed }) => sum + observed, 0);
    if (total === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no units');
    for (const { observed, share } of arms) {
      const expected = total * share;
      statistic += (observed - expected) ** 2 / expected;
    }
    degreesOfFreedom += arms.length - 1;
  }
  requireValid(degreesOfFreedom > 0, 'one arm alone cannot be out of proportion');
  return { statistic, degreesOfFreedom, pValue: chiSquareTails(statistic, degreesOfFreedom).upper };
}

/**
 * ln of the Bayes factor of "some other shares" (Dirichlet round the planned ones) against the planned shares, on cumulative units.
 * Its reciprocal's running minimum is a p-value that is valid at any time; for several allocations the factors multiply.
 *
 * @param concentration  weight of the planned shares in the alternative, in units
 * @throws StatisticsError as {@link srmChiSquare}, but no units give 0
 * @see Lindon and Malek (2022), arXiv:2011.03567
 */
export function srmLogBayesFactor(period: RatioPeriod, concentration: number = srmConcentration): number {
  requireFinite({ concentration });
  requireValid(concentration > 0, `the concentration must be above 0, received ${concentration}`);
  const arms = plannedArms(period);
  const total = arms.reduce((sum, { observed }) => sum + observed, 0);
  const all = concentration + total;
  // ln gamma by Stirling's formula: its large terms make up deviances, the rest is small. Differences of ln gamma lose ten digits at 1e9 units.
  let logFactor = 0.5 * Math.log1p(total / concentration) + stirlingError(concentration) - stirlingError(all);
  for (const { observed, share } of arms) {
    const prior = concentration * share;
    logFactor += halfDeviance(prior + observed, all * share) - 0.5 * Math.log1p(observed / prior);
    logFactor += stirlingError(prior + observed) - stirlingError(prior);
  }
  return finite(logFactor);
}

function plannedArms({ observed, weights }: RatioPeriod): readonly { readonly observed: number; readonly share: number }[] {
  requireValid(observed.length === weights.length && observed.length >= 2, 'needs two arms or more and a share for each');
  for (const units of observed) requireCount('units', units);
  for (const weight of weights) requireValid(Number.isFinite(weight) && weight >= 0, `a share cannot be ${weight}`);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  requireValid(sum > 0, 'the shares are all 0');
  return observed.flatMap((units, index) => {
    const share = (weights[index] ?? 0) / sum;
    requireValid(share > 0 || units === 0, `${units} units in an arm that was given none`);
    return share > 0 ? [{ observed: units, share }] : [];
  });
}
