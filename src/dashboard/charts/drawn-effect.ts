import { type MeasuredEffect, toldEffect } from '../../core/effect-words.js';
import type { Ends } from '../format/numbers.js';

export interface DrawnEffect {
  readonly estimate: number | null;
  readonly interval: Ends | null;
}

/**
 * An effect on a relative scale, which effects of unlike metrics share. One that is told as a difference has the interval of the difference,
 * over the control's measured mean: it meets zero where the difference does.
 */
export function drawnEffect(effect: MeasuredEffect<Ends>): DrawnEffect {
  const { lift, liftInterval, interval } = effect;
  const told = toldEffect(effect);
  if (!told || told.isRelative || !lift) return { estimate: lift, interval: liftInterval };
  const scale = lift / told.value;
  const scaled = (bound: number | null) => bound && bound * scale;
  return { estimate: lift, interval: interval && { lower: scaled(interval.lower), upper: scaled(interval.upper) } };
}
