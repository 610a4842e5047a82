import type { Interval } from './evaluation-types.js';
import type { PairEstimate } from './pair-estimate.js';
import type { PairSpread } from './pair-spread.js';
import { fiellerBounds, lift, type MeanPair } from './stats/lift.js';

/** Below it, in standard errors, the control's mean is close enough to 0 for the delta method to mislead. */
const fiellerBelow = 20;

export interface LiftEstimate {
  readonly lift: number;
  readonly standardError: number;
}

/** The lift with its standard error; null when the control's mean is 0. */
export function liftOf(pair: PairEstimate, spread: PairSpread): LiftEstimate | null {
  return pair.controlMean === 0 ? null : lift(meanPair(pair, spread));
}

/** Interval of the lift from a critical value: delta method, or Fieller near a control mean of 0, where it may have no bounds. */
export function liftInterval(pair: PairEstimate, spread: PairSpread, estimate: LiftEstimate, multiplier: number, level: number): Interval {
  const means = meanPair(pair, spread);
  if (Math.abs(means.controlMean) >= fiellerBelow * Math.sqrt(means.controlVariance))
    return around(estimate.lift, multiplier * estimate.standardError, level);
  const { bounds } = fiellerBounds(means, multiplier);
  return { lower: bounds?.[0] ?? null, upper: bounds?.[1] ?? null, level };
}

/** The interval of half width round an estimate. */
export function around(estimate: number, halfWidth: number, level: number): Interval {
  return { lower: finite(estimate - halfWidth), upper: finite(estimate + halfWidth), level };
}

/** What two intervals have in common; `lower > upper` when nothing. */
export function intersection(a: Interval | null, b: Interval | null): Interval | null {
  if (!a || !b) return a ?? b;
  const lower = a.lower === null || b.lower === null ? (a.lower ?? b.lower) : Math.max(a.lower, b.lower);
  const upper = a.upper === null || b.upper === null ? (a.upper ?? b.upper) : Math.min(a.upper, b.upper);
  return { lower, upper, level: b.level };
}

/**
 * The interval to show: what all looks agree on, which matches the smallest p-value so far. All looks hold together with the promised
 * coverage, so either may be shown; the present one is when the estimate has left the common part (an effect that changes with time).
 * Where nothing is read at present the common part stands, without bounds if looks have nothing in common.
 */
export function shown(common: Interval | null, present: Interval | null, estimate: number): Interval | null {
  if (common && contains(common, estimate)) return common;
  if (present || !common) return present;
  return isEmpty(common) ? { ...common, lower: null, upper: null } : common;
}

function isEmpty({ lower, upper }: Interval): boolean {
  return lower !== null && upper !== null && lower > upper;
}

function contains({ lower, upper }: Interval, value: number): boolean {
  return (lower === null || lower <= value) && (upper === null || upper >= value);
}

function meanPair(pair: PairEstimate, spread: PairSpread): MeanPair {
  return {
    controlMean: pair.controlMean,
    treatmentMean: pair.variantMean,
    controlVariance: spread.controlVariance,
    treatmentVariance: spread.variantVariance,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
