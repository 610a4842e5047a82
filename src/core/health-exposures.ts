import { binomialExcessLogPValue } from './stats/binomial-excess.js';

/**
 * Share of units that may claim a variant that they were not served before it is called a fault. The server derives variants, and a unit keeps
 * its own for life, so an honest sender has next to none: identities that are shared or merged, and clients that answer from an old copy. A thousandth of
 * the units cannot move a result; where warehouses join exposures after the fact, a hundredth is in use (GrowthBook).
 */
export const toleratedMismatches = 0.001;

/** Chance of an alert, over the whole life, while the share is tolerable. */
const alpha = 0.001;

/** Fewer are not worth anybody's while, whatever their share (GrowthBook asks for as many). */
const leastMismatches = 10;

/**
 * Whether more units met several variants than errors explain: an anytime-valid one-sided test of their share, to be looked at as often as one likes.
 *
 * @param exposed     units exposed
 * @param mismatched  units of which an exposure was refused because it claimed a variant that they were not served; exposed ones or not
 * @throws StatisticsError INVALID_DATA
 */
export function areExposuresMixed({ exposed, mismatched }: { readonly exposed: number; readonly mismatched: number }): boolean {
  // A mismatched unit need not be among the exposed: all of them are trials.
  return mismatched >= leastMismatches && binomialExcessLogPValue(mismatched, exposed + mismatched, toleratedMismatches) <= Math.log(alpha);
}
