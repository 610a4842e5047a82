import { bracketedRoot } from './bracketed-root.js';
import { logCrossing } from './continuation.js';
import { type SequentialLook, sequentialBoundaries } from './group-sequential.js';
import { normalQuantile } from './normal.js';
import type { SequentialPlan } from './spending.js';
import { requireFinite, requireLevel } from './statistics-error.js';

export interface SequentialPower {
  /** P(stopped at the look by the upper boundary), by look. */
  readonly stopProbabilityUpper: readonly number[];
  /** P(ever stopped by the upper boundary). */
  readonly powerUpper: number;
  /** P(ever stopped by either); with one side the same. */
  readonly powerTwoSided: number;
  /** Mean information at the end, stopped or not. */
  readonly expectedInformation: number;
}

/**
 * What a group-sequential test does under an effect.
 *
 * @param drift  expected z at information 1
 * @throws StatisticsError INVALID_DATA
 * @see Jennison and Turnbull (2000), chapter 7
 */
export function sequentialPower(plan: SequentialPlan, drift: number): SequentialPower {
  requireFinite({ drift });
  return powerOfLooks(plan, sequentialBoundaries(plan), drift);
}

/**
 * The drift that the upper boundary finds with a power, and the units that the looks cost: the factor on the sample size of a fixed test.
 *
 * @param power  in (0, 1)
 * @throws StatisticsError INVALID_DATA, also where a fixed test needs no drift at all for the power
 * @example sequentialInflation({ spending: 'POCOCK', alpha: 0.05, sides: 2, information: [0.2, 0.4, 0.6, 0.8, 1] }, 0.8).factor; // 1.2126
 */
export function sequentialInflation(plan: SequentialPlan, power: number): { readonly drift: number; readonly factor: number } {
  requireLevel('power', power);
  const looks = sequentialBoundaries(plan);
  const excess = (drift: number) => powerOfLooks(plan, looks, drift).powerUpper - power;
  const fixed = normalQuantile(plan.alpha / plan.sides, 'upper') + normalQuantile(power, 'lower');
  let low = fixed - 1;
  let high = fixed + 1;
  for (let stride = 1; excess(low) > 0; stride *= 2) low -= stride;
  for (let stride = 1; excess(high) < 0; stride *= 2) high += stride;
  const drift = bracketedRoot(excess, low, high, 1e-13 * Math.max(1, Math.abs(high)));
  const factor = (drift / fixed) ** 2;
  requireFinite({ factor });
  return { drift, factor };
}

function powerOfLooks({ sides, information }: SequentialPlan, looks: readonly SequentialLook[], drift: number): SequentialPower {
  const stoppedBy = (direction: number) =>
    looks.map(({ zBoundary, before }, look) => {
      const now = information[look] as number;
      return Math.exp(logCrossing(before, now, zBoundary * Math.sqrt(now), direction * drift));
    });
  const upper = stoppedBy(1);
  const lower = sides === 2 ? stoppedBy(-1) : upper.map(() => 0);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const last = information.at(-1) ?? 1;
  // From the end: information saved by each early stop.
  const saved = sum(information.map((now, look) => (last - now) * ((upper[look] ?? 0) + (lower[look] ?? 0))));
  return {
    stopProbabilityUpper: upper,
    powerUpper: Math.min(1, sum(upper)),
    powerTwoSided: Math.min(1, sum(upper) + sum(lower)),
    expectedInformation: last - saved,
  };
}
