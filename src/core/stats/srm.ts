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

/**
 * Changes of the odds of an arm's units, as logarithms: up to an arm that loses six of seven, down to a tenth of a point of 50%, which takes five million units to
 * see. Each is twice the next, so that a change between two of them keeps at least eight ninths of its evidence.
 */
const tilts = Array.from({ length: 10 }, (_, step) => 2 ** (1 - step)).flatMap((tilt) => [tilt, -tilt]);

/**
 * ln of the Bayes factor of "some arm's odds are off by one factor, the same under every allocation" against the planned shares. A fault such as a lost
 * redirect is that, and what it shows adds up over allocations each of which is too short to show it. A mixture over arms and factors, so that the order in
 * which units come under which allocation makes no difference to it.
 *
 * @param periods  of the same arms, in the same order
 * @throws StatisticsError as {@link srmChiSquare}, but no units give 0
 */
export function srmLogTiltFactor(periods: readonly RatioPeriod[]): number {
  const planned = periods.map((period) => ({ total: sumOf(period.observed), arms: sharesOf(period) }));
  const count = planned[0]?.arms.length ?? 0;
  requireValid(
    planned.every(({ arms }) => arms.length === count),
    'the allocations are of different arms',
  );
  const logFactors = Array.from({ length: count }, (_, place) =>
    tilts.map((tilt) => {
      const excess = Math.expm1(tilt);
      return planned.reduce((sum, { total, arms }) => {
        const { observed, share } = arms[place] as PlannedArm;
        return sum + tilt * observed - total * Math.log1p(share * excess);
      }, 0);
    }),
  );
  return finite(logMean(logFactors.flat()));
}

/**
 * The evidence of several allocations against their planned shares, as {@link srmLogBayesFactor} for the first one. Of the later ones, the mean of
 * what each says for itself, multiplied, and of what they say together of one lasting fault: allocations that live for seconds have next to nothing to say
 * for themselves. Its expectation does not change with any unit under any allocation while the shares hold, so its reciprocal may be read at any time.
 *
 * @param periods  by allocation, the first one first, whether or not it has units; of the same arms, in the same order
 * @throws StatisticsError as {@link srmChiSquare}, but no units give 0
 */
export function srmLogBayesFactorOfPeriods(periods: readonly RatioPeriod[]): number {
  const [first, ...later] = periods;
  const alone = first ? srmLogBayesFactor(first) : 0;
  if (later.length === 0) return alone;
  const apart = later.reduce((sum, period) => sum + srmLogBayesFactor(period), 0);
  return finite(alone + logMean([apart, srmLogTiltFactor(later)]));
}

/** ln of the mean of e^x over a list that is not empty; 0 for an empty one. */
function logMean(logs: readonly number[]): number {
  if (logs.length === 0) return 0;
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** An arm's units and its share of those that are planned. */
interface PlannedArm {
  readonly observed: number;
  readonly share: number;
}

/** Those with a share above 0. */
function plannedArms(period: RatioPeriod): readonly PlannedArm[] {
  return sharesOf(period).filter(({ share }) => share > 0);
}

function sharesOf({ observed, weights }: RatioPeriod): readonly PlannedArm[] {
  requireValid(observed.length === weights.length && observed.length >= 2, 'needs two arms or more and a share for each');
  for (const units of observed) requireCount('units', units);
  for (const weight of weights) requireValid(Number.isFinite(weight) && weight >= 0, `a share cannot be ${weight}`);
  const sum = sumOf(weights);
  requireValid(sum > 0, 'the shares are all 0');
  return observed.map((units, index) => {
    const share = (weights[index] ?? 0) / sum;
    requireValid(share > 0 || units === 0, `${units} units in an arm that was given none`);
    return { observed: units, share };
  });
}
