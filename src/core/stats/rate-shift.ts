import { oneSidedConfidenceSequence } from './confidence-sequence.js';
import { requireCount, requireValid, StatisticsError } from './statistics-error.js';

/** One arm and the arm that it is compared with, over units that were exposed at the same time. */
export interface RateStratum {
  readonly units: number;
  readonly conversions: number;
  readonly referenceUnits: number;
  readonly referenceConversions: number;
}

/** How far an arm's rate has moved against its reference, for one side: the p-value is that of "it has not risen (fallen) by more than that". */
export interface Shift {
  /** Standard errors beyond what is tolerated. */
  readonly z: number;
  /** ln of a p-value that is valid whenever it is read while the later strata fill; the earlier ones are fixed. */
  readonly logPValue: number;
}

/** 1: has it risen, -1: has it fallen. */
export type Side = 1 | -1;

/**
 * Whether the ratio of two rates is another in the later strata than it was in the earlier ones. A base rate that moves both arms by one factor, from
 * stratum to stratum and however much, does not show: of a stratum's conversions, each is the arm's with a chance that hangs on units and ratio alone,
 * so the arm's conversions are binomial with logit ln(units / referenceUnits) + ln(ratio). Units convert more than rarely: then this is conservative.
 *
 * The statistic is the signed root of twice the log likelihood ratio, whose tails stay near the normal's with few conversions; its p-value is the
 * normal mixture's over changes of the size of `scale`, which the later strata cannot overrun by being looked at often.
 *
 * @param tolerance  change of ln(ratio), from 0, up to which the ratio counts as the same
 * @param scale      change of ln(ratio) for which it is the most sensitive, above 0
 * @returns null when nothing can be said: no conversions, or none where both arms had units
 * @throws StatisticsError INVALID_DATA
 * @see Robbins (1970); Waudby-Smith et al. (2024); Barndorff-Nielsen (1986) on the signed root
 */
export function ratioShift(
  earlier: readonly RateStratum[],
  later: readonly RateStratum[],
  side: Side,
  { tolerance, scale }: { readonly tolerance: number; readonly scale: number },
): Shift | null {
  const before = binomials(earlier, 0);
  const after = binomials(later, 0);
  const tolerated = side * tolerance;
  const together = [...before, ...binomials(later, tolerated)];
  const common = fit(together);
  const free = [fit(before), fit(after)] as const;
  if (!common || common.level === null) return null;
  const information = [before, binomials(later, tolerated)].map((strata) => informationAt(strata, common.level ?? 0));
  const [ofEarlier = 0, ofLater = 0] = information;
  if (ofEarlier === 0 || ofLater === 0) return null;
  const likelihoodRatio = (free[0]?.logLikelihood ?? 0) + (free[1]?.logLikelihood ?? 0) - common.logLikelihood;
  const isBeyond = side * score(binomials(later, tolerated), common.level) > 0;
  const z = (isBeyond ? 1 : -1) * Math.sqrt(2 * Math.max(0, likelihoodRatio));
  return mixture(z, Math.sqrt(1 / ofEarlier + 1 / ofLater), scale);
}

/**
 * The same for the difference of two rates: a base rate that moves both arms by as many points does not show.
 * Differences inside the strata are combined with the weights of Mantel and Haenszel.
 *
 * @param scale  change of the difference for which it is the most sensitive, above 0
 * @returns null when nothing varies or nothing can be compared
 * @throws StatisticsError INVALID_DATA
 */
export function differenceShift(
  earlier: readonly RateStratum[],
  later: readonly RateStratum[],
  side: Side,
  { scale }: { readonly scale: number },
): Shift | null {
  const before = difference(earlier);
  const after = difference(later);
  if (!before || !after) return null;
  const standardError = Math.sqrt(before.variance + after.variance);
  if (!(standardError > 0)) return null;
  return mixture((side * (after.mean - before.mean)) / standardError, standardError, scale);
}

function mixture(z: number, standardError: number, scale: number): Shift {
  requireValid(scale > 0 && Number.isFinite(scale), `the scale must be above 0, received ${scale}`);
  const reading = { estimate: z * standardError, standardError, n: 1 / standardError ** 2 };
  return { z, logPValue: oneSidedConfidenceSequence(reading, 0.5, scale).logPValue };
}
