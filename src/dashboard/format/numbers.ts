import { type MeasuredEffect, toldEffect } from '../../core/effect-words.js';

/** Numbers as people read them: sensible digits, always the unit, a true minus sign. Unknown ones are for `unknown.tsx`. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

const minus = (text: string) => text.replace('-', '−');
const plus = (value: number, text: string) => (value > 0 ? `+${text}` : text);

/** 12,345 */
export function count(value: number): string {
  return whole.format(value);
}

/** A lift on an axis: +50%. */
export function liftTick(value: number): string {
  return plus(value, share(value));
}

/** 12.3K, for axes. */
export function shortCount(value: number): string {
  return compact.format(value);
}

/** A share in [0, 1]: 10.3%; two digits after the point below 1%. */
export function percent(share: number): string {
  return minus(`${fixed(share * 100)}%`);
}

const set = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** A share that was set rather than measured, such as a weight or a level: 50%, 5.1%. */
export function share(value: number): string {
  return minus(set.format(value));
}

/** A relative change: +5.3%. */
export function lift(value: number): string {
  return plus(value, percent(value));
}

/** How a metric's means and differences are written. */
export type MetricUnit = 'share' | 'number';

/** Conversions are shares of units; all else is a number a unit. */
export function unitOfMetric(type: string | undefined): MetricUnit {
  return type === 'CONVERSION' ? 'share' : 'number';
}

/** A mean a unit: 10.3% or 4.273. */
export function mean(value: number, unit: MetricUnit): string {
  return unit === 'share' ? percent(value) : minus(plain.format(value));
}

/** A difference of means: +1.2 pp (percentage points) or +0.31. */
export function difference(value: number, unit: MetricUnit): string {
  return plus(value, unit === 'share' ? minus(`${fixed(value * 100)} pp`) : minus(plain.format(value)));
}

export interface Ends {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** An effect in the measure that it is told in, with its interval; null while it is not known. */
export function effectWithInterval(
  effect: MeasuredEffect<Ends>,
  unit: MetricUnit,
): { readonly effect: string; readonly interval: string | null } | null {
  const told = toldEffect(effect);
  if (!told) return null;
  const write = (value: number) => (told.isRelative ? lift(value) : difference(value, unit));
  return { effect: write(told.value), interval: told.interval && range(told.interval.lower, told.interval.upper, write) };
}

/** < 0.001, 0.032, 0.41 */
export function pValue(value: number): string {
  if (value < 0.001) return '< 0.001';
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2);
}

/** +1.2% to +8.9%; an end that does not exist is infinite. */
export function range(lower: number | null, upper: number | null, write: (value: number) => string): string {
  return `${lower === null ? '−∞' : write(lower)} to ${upper === null ? '∞' : write(upper)}`;
}

/** Digits that matter: 0.42, 3.1, 24.3, 210. */
function fixed(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return whole.format(value);
  return value.toFixed(size < 1 ? 2 : 1);
}
