import type { Problem } from './errors.js';
import { isMetered } from './evaluation-look.js';
import { type Definition, type EvaluationPlan, smallestShareOf } from './experiment.js';

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

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

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

/** What the question of {@link lookWarnings} hangs on of a definition, whether it is one already or still an input. */
export interface LookOutline {
  readonly variants: readonly { readonly weight: number }[];
  readonly evaluation: Pick<EvaluationPlan, 'method' | 'maxPeeks' | 'minSampleSize' | 'horizonUnits' | 'schedule'>;
}

/**
 * A warning UNDERPOWERED of looks that are metered and gone within a day, though the horizon is still to come: they see one part of one day, and
 * nothing after it. How many units come is not known before the start, so looks that last longer are not judged.
 *
 * @param periodMs longest gap between two scheduled looks
 */
export function lookWarnings({ variants, evaluation }: LookOutline, periodMs: number): readonly Problem[] {
  const { method, maxPeeks, minSampleSize, horizonUnits, schedule } = evaluation;
  if (!isMetered(method) || maxPeeks * periodMs >= dayMs) return [];
  // One look at minSampleSize is a plan of its own, and so is one at a horizon that comes no later.
  const isOneLook = horizonUnits === null ? maxPeeks === 1 : minSampleSize / smallestShareOf({ variants }) >= horizonUnits;
  if (isOneLook) return [];
  const looks = maxPeeks === 1 ? 'the one planned look' : `all ${maxPeeks} planned looks`;
  const missed = horizonUnits === null ? 'what comes later is never tested' : `${horizonUnits} units (horizonUnits) have to come by then`;
  const [wider, widerMs] = maxPeeks * hourMs >= dayMs ? ['hourly', hourMs] : ['daily_0000_utc', dayMs];
  const message =
    `${schedule} makes ${looks} within ${lengthOf(maxPeeks * periodMs)} of the time when each variant has ${minSampleSize} units (minSampleSize); ` +
    `${missed}. With ${wider} they last ${lengthOf(maxPeeks * widerMs)}.`;
  return [{ code: 'UNDERPOWERED', message, path: ['evaluation', 'schedule'], received: schedule }];
}

const lengths = [
  ['day', dayMs],
  ['hour', hourMs],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** @example lengthOf(300_000); // '5 minutes' */
function lengthOf(ms: number): string {
  const [name, size] = lengths.find(([, least]) => ms >= least) ?? lengths[3];
  const many = Number((ms / size).toPrecision(2));
  return `${many} ${name}${many === 1 ? '' : 's'}`;
}
