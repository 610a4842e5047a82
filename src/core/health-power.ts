import { type Cell, periodsOf, wholeCell } from './analysis-periods.js';
import { cellMoments } from './cell-moments.js';
import { DomainError, type Problem } from './errors.js';
import { isMetered } from './evaluation-look.js';
import type { ArmSums } from './evaluation-types.js';
import { controlOf, type Definition, type EvaluationPlan, type MetricDefinition, primaryMetricOf } from './experiment.js';
import { planPower } from './power.js';
import { StatisticsError } from './stats/statistics-error.js';

/**
 * Whether a plan can find the effect it asks for: before the start from the plan alone, afterwards from what the control does and how many units come.
 * What is estimated is taken at the end of its three standard errors that speaks for the plan before it is called too small.
 */

/** What the question hangs on of a definition, whether it is one already or still an input. */
export interface PlanOutline {
  readonly variants: number;
  readonly primary: Pick<MetricDefinition, 'type' | 'direction' | 'cuped'>;
  readonly evaluation: Pick<
    EvaluationPlan,
    'method' | 'alpha' | 'power' | 'maxPeeks' | 'spending' | 'minSampleSize' | 'horizonUnits' | 'minimumEffect'
  >;
}

export function outlineOf(definition: Definition): PlanOutline {
  const { variants, evaluation } = definition;
  return { variants: variants.length, primary: primaryMetricOf(definition), evaluation };
}

/** No rate of conversion is held for likely above it: from there on no plan is called too small before there are units. */
const highestRate = 0.5;

const path = ['evaluation', 'horizonUnits'] as const;

/**
 * What the plan alone gives away, as warnings UNDERPOWERED: a horizon that comes before minSampleSize does, and one that is too small for minimumEffect
 * even if half of the units convert. Of other baselines nothing is known before there are units.
 */
export function planWarnings(plan: PlanOutline): readonly Problem[] {
  const { variants, primary, evaluation } = plan;
  const { horizonUnits, minSampleSize, minimumEffect } = evaluation;
  if (horizonUnits === null) return [];
  const warn = (message: string): Problem[] => [{ code: 'UNDERPOWERED', message, path, received: horizonUnits }];
  if (horizonUnits < minSampleSize * variants) {
    return warn(
      `horizonUnits of ${horizonUnits} come before each of ${variants} variants has the ${minSampleSize} units of minSampleSize.`,
    );
  }
  const size = primary.type === 'CONVERSION' ? sizeFor(plan, highestRate, null) : null;
  if (size === null || size <= horizonUnits) return [];
  return warn(
    `Even if half of the units convert, a relative change of ${minimumEffect} takes ${size} units to be found with power ${evaluation.power}; horizonUnits is ${horizonUnits}.`,
  );
}

/** Units of all variants that minimumEffect takes; null: it is not asked for, or not known how to plan. */
function sizeFor({ variants, primary, evaluation }: PlanOutline, baseline: number, standardDeviation: number | null): number | null {
  const { method, alpha, power, maxPeeks, spending, minimumEffect } = evaluation;
  // What values before the exposure save is not known without them.
  if (minimumEffect === null || primary.cuped) return null;
  const effect = primary.direction === 'DECREASE' ? -minimumEffect : minimumEffect;
  const plan = { metricType: primary.type, baseline, standardDeviation, minimumEffect: effect, alpha, power, variants, method };
  try {
    return planPower({ ...plan, maxPeeks, spending, unitsPerVariant: null, unitsPerDay: null }).totalUnits;
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

export interface PowerCheckInput {
  readonly definition: Definition;
  readonly arms: readonly ArmSums[];
  readonly startedAt: Date;
  readonly now: Date;
  readonly looksUsed: number;
  /** Gap between two scheduled looks. */
  readonly lookPeriodMs: number;
}

/**
 * `UNDERPOWERED`: the horizon is too small for the effect (`HORIZON`), or too few units come to reach the size (`TRAFFIC`; `days` from the start on, null
 * when nobody comes). `SOUND`: neither, for certain. `UNKNOWN`: too early to tell, too close to call, or the plan names no size.
 */
export type PowerCheck =
  | { readonly state: 'UNDERPOWERED'; readonly cause: 'HORIZON'; readonly size: number; readonly horizonUnits: number }
  | {
      readonly state: 'UNDERPOWERED';
      readonly cause: 'TRAFFIC';
      readonly size: number;
      readonly units: number;
      readonly days: number | null;
      readonly daysLeft: number;
    }
  | { readonly state: 'SOUND' | 'UNKNOWN' };

const dayMs = 86_400_000;
/** How long an experiment may take: a device keeps its cookie as long, and comes back as another unit. */
const longestDays = 90;
const sigmas = 3;

/** Checks a running plan; makes no verdict in its first day unless its looks are used up before. */
export function checkPower(input: PowerCheckInput): PowerCheck {
  const { definition, arms, startedAt, now } = input;
  const { horizonUnits } = definition.evaluation;
  const sizes = sizesFor(definition, arms);
  if (sizes && horizonUnits !== null && sizes.least > horizonUnits) {
    return { state: 'UNDERPOWERED', cause: 'HORIZON', size: sizes.least, horizonUnits };
  }
  const least = horizonUnits ?? sizes?.least;
  const most = horizonUnits ?? sizes?.most;
  const daysLeft = daysLeftOf(input);
  const elapsedDays = (now.getTime() - startedAt.getTime()) / dayMs;
  if (least === undefined || most === undefined || (elapsedDays < 1 && daysLeft > 0)) return { state: 'UNKNOWN' };
  const units = arms.reduce((sum, arm) => sum + arm.units, 0);
  const noise = sigmas * Math.sqrt(units + 1);
  const perDay = (count: number) => Math.max(0, count) / elapsedDays;
  if (units + perDay(units + noise) * daysLeft < least) {
    const days = units > 0 ? elapsedDays * (least / units) : null;
    return { state: 'UNDERPOWERED', cause: 'TRAFFIC', size: least, units, days, daysLeft };
  }
  const isReached = units + perDay(units - noise) * daysLeft >= most;
  const isWide = horizonUnits === null || sizes === null || sizes.most <= horizonUnits;
  return { state: isReached && isWide ? 'SOUND' : 'UNKNOWN' };
}

/** Until the looks are used up, where they are metered and each costs one; else until it has run for 90 days. */
function daysLeftOf({ definition, arms, startedAt, now, looksUsed, lookPeriodMs }: PowerCheckInput): number {
  const { method, maxPeeks, minSampleSize } = definition.evaluation;
  const unitsOf = (variant: string) => arms.reduce((sum, arm) => (arm.variant === variant ? sum + arm.units : sum), 0);
  if (isMetered(method) && definition.variants.every(({ key }) => unitsOf(key) >= minSampleSize)) {
    return (Math.max(0, maxPeeks - looksUsed) * lookPeriodMs) / dayMs;
  }
  return Math.max(0, longestDays - (now.getTime() - startedAt.getTime()) / dayMs);
}

/** What is wrong with the plan, in words. */
export function powerWords({ name, evaluation }: Definition, check: PowerCheck & { readonly state: 'UNDERPOWERED' }): string {
  const goal = `a relative change of ${evaluation.minimumEffect} takes ${check.size} units as the control's values are`;
  if (check.cause === 'HORIZON') return `The horizon of "${name}" is too small: ${goal}, and it ends at ${check.horizonUnits}.`;
  const pace = check.days === null ? 'none has come' : `at the pace so far that takes ${Math.ceil(check.days)} days in all`;
  const time = check.daysLeft > 0 ? `${check.daysLeft.toFixed(1)} days are left` : 'no time is left';
  return `"${name}" needs ${check.size} units and has ${check.units}: ${pace}, and ${time}.`;
}

/**
 * What a dry run tells of the plan just before the start, as warnings UNDERPOWERED.
 *
 * @param arms        units of the dry run
 * @param startedAt   when the dry run began
 * @param growth      how many times the dry run's share of traffic is let in from the start on
 */
export function dryRunWarnings(
  definition: Definition,
  { arms, startedAt, now, growth }: Pick<PowerCheckInput, 'arms' | 'startedAt' | 'now'> & { readonly growth: number },
): readonly Problem[] {
  const { minimumEffect, horizonUnits } = definition.evaluation;
  const sizes = sizesFor(definition, arms);
  const warn = (message: string, received: unknown): Problem[] => [{ code: 'UNDERPOWERED', message, path, received }];
  if (sizes && horizonUnits !== null && sizes.least > horizonUnits) {
    const goal = `a relative change of ${minimumEffect} takes ${sizes.least} units as the control's values were in the dry run`;
    return warn(`horizonUnits of ${horizonUnits} are too few: ${goal}.`, horizonUnits);
  }
  const size = horizonUnits ?? sizes?.least;
  const elapsedDays = (now.getTime() - startedAt.getTime()) / dayMs;
  if (size === undefined || elapsedDays < 1) return [];
  const units = arms.reduce((sum, arm) => sum + arm.units, 0);
  const unitsPerDay = ((units + sigmas * Math.sqrt(units + 1)) * growth) / elapsedDays;
  if (size <= unitsPerDay * longestDays) return [];
  const days = Math.ceil(size / unitsPerDay);
  return warn(
    `After a dry run with ${units} units the ${size} units of the plan take ${days} days or more; devices are known for ${longestDays}.`,
    size,
  );
}

const enoughUnits = 100;
const enoughConversions = 10;

/** Units that minimumEffect takes with the control's values as they are, at either end of what these may be; null: not known. */
function sizesFor(definition: Definition, arms: readonly ArmSums[]): { readonly least: number; readonly most: number } | null {
  const primary = primaryMetricOf(definition);
  const baseline = baselineOf(definition, arms, primary);
  if (baseline === null) return null;
  const { mean, deviation, standardError } = baseline;
  const outline = outlineOf(definition);
  const sizeAt = (value: number) => sizeFor(outline, value, primary.type === 'CONVERSION' ? null : deviation);
  const away = sigmas * standardError * Math.sign(mean);
  const least = sizeAt(mean + away);
  // A mean that may as well be 0 has no relative change that could be found.
  const most = Math.abs(away) < Math.abs(mean) ? sizeAt(mean - away) : null;
  return least === null ? null : { least, most: most ?? Number.POSITIVE_INFINITY };
}

function baselineOf(definition: Definition, arms: readonly ArmSums[], primary: MetricDefinition) {
  try {
    const cell: Cell = wholeCell(periodsOf(arms, primary, [controlOf(definition).key]), 0);
    if (cell.units < enoughUnits || (primary.type === 'CONVERSION' && cell.converted < enoughConversions)) return null;
    const { mean, variance } = cellMoments(cell, { type: primary.type, covariate: null });
    const deviation = Math.sqrt(variance);
    return { mean, deviation, standardError: deviation / Math.sqrt(cell.units) };
  } catch (error) {
    if (error instanceof StatisticsError) return null;
    throw error;
  }
}
