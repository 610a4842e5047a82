import type { Interval } from './evaluation-types.js';
import { difference, pText, signed } from './number-words.js';

type Bounds = Pick<Interval, 'lower' | 'upper'>;

/** An effect in both measures: the difference of the means, and that difference over the size of the control's mean. */
export interface MeasuredEffect<Range extends Bounds = Interval> {
  readonly effect: number | null;
  readonly interval: Range | null;
  readonly lift: number | null;
  readonly liftInterval: Range | null;
}

/** An effect in the measure that people are shown. */
export interface ToldEffect<Range extends Bounds = Interval> {
  readonly isRelative: boolean;
  readonly value: number;
  /** In the measure of the value; null: none is known. */
  readonly interval: Range | null;
}

export interface EffectWords {
  readonly change: string;
  /** Both ends, in the measure of the change; null: none is known. */
  readonly bounds: string | null;
  /** Of the bounds, as a share. */
  readonly level: number | null;
}

/**
 * The measure to show an effect in: relative, or the difference itself where its interval says more or other. That is where the relative interval
 * lacks an end, and where the two do not agree about zero: tests and decisions are about the difference, and nobody should read beside a winner
 * that its change may as well be a loss.
 *
 * @returns null when the effect is not known
 */
export function toldEffect<Range extends Bounds>({
  effect,
  interval,
  lift,
  liftInterval,
}: MeasuredEffect<Range>): ToldEffect<Range> | null {
  const isRelative = lift !== null && (interval === null || (isBounded(liftInterval) && side(liftInterval) === side(interval)));
  if (isRelative) return { isRelative, value: lift, interval: liftInterval };
  return effect === null ? null : { isRelative, value: effect, interval };
}

/** An effect for people, in the measure of {@link toldEffect}; null when it is not known. */
export function effectWords(effect: MeasuredEffect, isShare: boolean): EffectWords | null {
  const told = toldEffect(effect);
  if (!told) return null;
  const write = (value: number) => (told.isRelative ? signed(value, true) : difference(value, isShare));
  return { change: write(told.value), bounds: told.interval && boundsOf(told.interval, write), level: told.interval?.level ?? null };
}

/** The same in one piece, to stand in a sentence; empty when it is not known. @example '+30.0%, 95% interval +6.51% to +53.5%' */
export function effectText(effect: MeasuredEffect, isShare: boolean): string {
  const { change, bounds, level } = effectWords(effect, isShare) ?? { change: '', bounds: null, level: null };
  return bounds === null || level === null ? change : `${change}, ${Number((level * 100).toPrecision(6))}% interval ${bounds}`;
}

/**
 * The p-value beside an effect. It is the smallest so far, and the interval may be of the present look alone: where that has zero inside all the same, the
 * effect was clear before and has faded, which is said.
 */
export function adjustedPText(comparison: MeasuredEffect & { readonly adjustedPValue: number }): string {
  const { adjustedPValue } = comparison;
  const interval = toldEffect(comparison)?.interval ?? null;
  const isPast = interval !== null && side(interval) === 0 && adjustedPValue <= 1 - interval.level;
  return `adjusted p ${pText(adjustedPValue)}${isPast ? ' at an earlier look' : ''}`;
}

function isBounded(interval: Bounds | null): interval is { readonly lower: number; readonly upper: number } & Bounds {
  return interval !== null && interval.lower !== null && interval.upper !== null;
}

/** Where an interval lies: 1 above zero, -1 below, 0 when zero is in it. */
function side({ lower, upper }: Bounds): -1 | 0 | 1 {
  if (lower !== null && lower > 0) return 1;
  return upper !== null && upper < 0 ? -1 : 0;
}

function boundsOf({ lower, upper }: Bounds, write: (bound: number) => string): string {
  if (lower === null && upper === null) return 'without bounds';
  return `${lower === null ? 'no lower bound' : write(lower)} to ${upper === null ? 'no upper bound' : write(upper)}`;
}
