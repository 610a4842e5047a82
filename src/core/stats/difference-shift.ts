import { mixedShift, type RateStratum, requireStratum, type Shift, type Side } from './shift.js';

/** What strata add to the difference of two rates; members of several strata are added. */
export interface DifferenceTerms {
  readonly weight: number;
  readonly weighted: number;
  readonly variance: number;
}

/** A stratum's part, with the weight of Mantel and Haenszel. @throws StatisticsError INVALID_DATA */
export function differenceTerms(stratum: RateStratum): DifferenceTerms {
  requireStratum(stratum);
  const { units, conversions, referenceUnits, referenceConversions } = stratum;
  // One unit alone does not say how much it varies.
  if (units < 2 || referenceUnits < 2) return { weight: 0, weighted: 0, variance: 0 };
  const weight = (units * referenceUnits) / (units + referenceUnits);
  const own = conversions / units;
  const other = referenceConversions / referenceUnits;
  const variance = (own * (1 - own)) / (units - 1) + (other * (1 - other)) / (referenceUnits - 1);
  return { weight, weighted: weight * (own - other), variance: weight ** 2 * variance };
}

/**
 * Whether the difference of two rates is another in the later strata than it was in the earlier ones. A base rate that moves both, from stratum to
 * stratum, by as many points does not show.
 *
 * @param scale  change of the difference for which the test is tuned, above 0
 * @returns null when nothing varies, or never both arms at a time
 * @throws StatisticsError INVALID_DATA
 */
export function differenceShift(earlier: DifferenceTerms, later: DifferenceTerms, side: Side, scale: number): Shift | null {
  const standardError = Math.sqrt(earlier.variance / earlier.weight ** 2 + later.variance / later.weight ** 2);
  if (!(earlier.weight > 0 && later.weight > 0 && standardError > 0)) return null;
  const change = later.weighted / later.weight - earlier.weighted / earlier.weight;
  return mixedShift((side * change) / standardError, standardError, scale);
}
