import type { Comparison, Interval } from './evaluation-types.js';
import { difference, signed } from './number-words.js';

export interface EffectWords {
  readonly change: string;
  /** Both ends, in the measure of the change; null: none is known. */
  readonly bounds: string | null;
  /** Of the bounds, as a share. */
  readonly level: number | null;
}

type Effect = Pick<Comparison, 'interval' | 'lift' | 'liftInterval'> & { readonly effect: number };

/** An effect for people: relative, or as the difference itself where the relative interval knows no end and so says less. */
export function effectWords({ effect, interval, lift, liftInterval }: Effect, isShare: boolean): EffectWords {
  const isRelative = lift !== null && (liftInterval === null || (liftInterval.lower !== null && liftInterval.upper !== null));
  return isRelative
    ? wordsOf(lift, liftInterval, (value) => signed(value, true))
    : wordsOf(effect, interval, (value) => difference(value, isShare));
}

/** The same in one piece, to stand in a sentence. @example '+30.0%, 95% interval +6.51% to +53.5%' */
export function effectText(effect: Effect, isShare: boolean): string {
  const { change, bounds, level } = effectWords(effect, isShare);
  return bounds === null || level === null ? change : `${change}, ${Number((level * 100).toPrecision(6))}% interval ${bounds}`;
}

function wordsOf(value: number, interval: Interval | null, write: (value: number) => string): EffectWords {
  return { change: write(value), bounds: interval && boundsOf(interval, write), level: interval?.level ?? null };
}

function boundsOf({ lower, upper }: Interval, write: (bound: number) => string): string {
  if (lower === null && upper === null) return 'without bounds';
  return `${lower === null ? 'no lower bound' : write(lower)} to ${upper === null ? 'no upper bound' : write(upper)}`;
}
