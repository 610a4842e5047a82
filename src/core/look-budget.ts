import { isMetered } from './evaluation-look.js';
import { type Definition, smallestShareOf } from './experiment.js';

/** Where an experiment stands, and how fast it goes. */
export interface LookPace {
  readonly looksUsed: number;
  /** Share of horizonUnits that has come in, from 0. */
  readonly informationFraction: number;
  /** Units that are included in a day, in all variants together; above 0. */
  readonly unitsPerDay: number;
  /** Longest gap between two scheduled looks. */
  readonly lookPeriodMs: number;
}

/** Looks of a plan until its horizon. */
export interface LookBudget {
  /** Used by the time the horizon is reached, at the least. */
  readonly needed: number;
  readonly planned: number;
  /** Days until then. */
  readonly days: number;
}

const dayMs = 86_400_000;

/**
 * How many looks a plan uses up until its horizon: where they are more than planned, the last one is spent before the units are there that
 * it was planned for, and the experiment decides with less power than was asked for. Looks count from when the smallest variant has
 * minSampleSize; the number is the least of what the schedule's phase allows, so that what exceeds the plan does so for certain.
 *
 * @returns null where looks are not metered, or the plan has no horizon
 */
export function lookBudget(definition: Definition, pace: LookPace): LookBudget | null {
  const { method, horizonUnits, minSampleSize, maxPeeks } = definition.evaluation;
  if (!isMetered(method) || horizonUnits === null) return null;
  const units = horizonUnits * pace.informationFraction;
  const readFrom = Math.min(horizonUnits, Math.max(units, minSampleSize / smallestShareOf(definition)));
  const unitsPerLook = (pace.unitsPerDay * pace.lookPeriodMs) / dayMs;
  // Those before the horizon, and the one that finds it reached.
  const needed = pace.looksUsed + Math.floor((horizonUnits - readFrom) / unitsPerLook) + 1;
  return { needed, planned: maxPeeks, days: Math.max(0, horizonUnits - units) / pace.unitsPerDay };
}
