import { isMetered } from '../evaluation-look.js';
import { smallestShareOf } from '../experiment.js';
import type { SimulatedPlan } from './plan.js';

/** When a simulated experiment is looked at. */

export interface Moment {
  /** Since the start. */
  readonly day: number;
  /** Units of all variants that have come by then. */
  readonly units: number;
  /** Whether it is one of the schedule's looks; else guardrails alone are watched, and a bandit moves. */
  readonly isLook: boolean;
}

/**
 * Moments of a run besides metered looks. Guardrails are watched every few seconds and plans that may be read at any time mostly every minute:
 * what they find does not hang on the number of readings, and these, close together at first and then ever further apart, are enough to find it.
 */
const mostReadings = 60;

/** Units of all variants before which nothing can be found. */
const firstUnits = 200;

/** Standard deviations by which chance may bring an arm to minSampleSize early or late. */
export const chanceSigmas = 6;

/** In order; a plan with metered looks goes on until it has no day left, for only its reader knows which looks were used up. */
export function* momentsOf(plan: SimulatedPlan): Generator<Moment> {
  const { definition, unitsPerDay, lookDays, days } = plan;
  const at = (day: number, isLook: boolean): Moment => ({ day, units: Math.floor(unitsPerDay * day), isLook });
  const readings = readingsOf(plan);
  if (!isMetered(definition.evaluation.method)) {
    for (const day of readings) yield at(day, true);
    return;
  }
  let next = 0;
  for (let look = firstLook(plan); look * lookDays <= days * (1 + 1e-9); look++) {
    const day = look * lookDays;
    while ((readings[next] ?? Number.POSITIVE_INFINITY) < day) yield at(readings[next++] ?? day, false);
    yield at(day, true);
  }
  for (const day of readings.slice(next)) yield at(day, false);
}

/** Days, rising; a bandit's are evenly apart, and so are few looks, for each is there. */
function readingsOf({ definition, unitsPerDay, lookDays, days }: SimulatedPlan): readonly number[] {
  const { horizonUnits } = definition.evaluation;
  const onSchedule = (day: number) => Math.min(days, Math.max(1, Math.ceil(day / lookDays - 1e-9)) * lookDays);
  const first = Math.min(days, firstUnits / unitsPerDay);
  const isEven = definition.bandit !== null || days / lookDays <= mostReadings;
  const readings = Array.from({ length: mostReadings }, (_, i) => {
    const share = (i + 1) / mostReadings;
    return onSchedule(isEven ? days * share : first * (days / first) ** share);
  });
  const horizon = horizonUnits === null ? [] : [onSchedule(horizonUnits / unitsPerDay)];
  return [...new Set([...readings, ...horizon, days])].toSorted((a, b) => a - b);
}

/** The first look at which the smallest arm may hold minSampleSize: before it no look is used up and nothing is judged. */
function firstLook({ definition, unitsPerDay, lookDays }: SimulatedPlan): number {
  const { minSampleSize } = definition.evaluation;
  const early = Math.max(0, minSampleSize - chanceSigmas * Math.sqrt(minSampleSize));
  return Math.max(1, Math.floor(early / smallestShareOf(definition) / unitsPerDay / lookDays));
}
