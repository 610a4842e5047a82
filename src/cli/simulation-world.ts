import { DomainError } from '../core/errors.js';
import { isMetered } from '../core/evaluation-look.js';
import { controlOf, type Definition, type MetricDefinition, primaryMetricOf, smallestShareOf } from '../core/experiment.js';
import { planPower } from '../core/power.js';
import { chanceSigmas } from '../core/simulation/moments.js';
import type { Baseline, SimulatedPlan } from '../core/simulation/plan.js';
import { periodOf } from '../schedule/schedules.js';
import { UsageError } from './command.js';
import type { Named } from './simulation-options.js';

/** The world that a plan is played in: what was said of it, and for the rest what is likely. */

export interface WorldOptions {
  readonly base?: Named<Partial<Baseline>>;
  readonly effect?: Named<number>;
  readonly unitsPerDay?: number;
  readonly days?: number;
}

const daySeconds = 86_400;
/** In which the units come that the plan needs, where their number was not said. */
const usualDays = 14;
/** How long a plan without an end of its own is played. */
const longestDays = 28;
const usualEffect = 0.1;

/** @throws UsageError naming what cannot be simulated, or not so */
export function worldOf(definition: Definition, options: WorldOptions): SimulatedPlan {
  const baselines = baselinesOf(definition, options.base ?? {});
  const effects = effectsOf(definition, baselines, options.effect ?? {});
  const lookDays = periodOf(definition.evaluation.schedule) / 1_000 / daySeconds;
  const unitsPerDay = options.unitsPerDay ?? Math.ceil(plannedUnits(definition, baselines, effects) / usualDays);
  if (!(unitsPerDay > 0)) throw new UsageError(`--units-per-day: received ${unitsPerDay}; expected a number above 0.`);
  const days = options.days ?? daysOf(definition, unitsPerDay, lookDays);
  if (!(days > 0)) throw new UsageError(`--days: received ${days}; expected a number above 0.`);
  return { definition, baselines, effects, unitsPerDay, days, lookDays };
}

/** What of the plan a simulation leaves out, in words. */
export function leftOut({ metrics, evaluation, design }: Definition): readonly string[] {
  const which = (has: (metric: MetricDefinition) => boolean) => metrics.filter(has).map(({ key }) => key);
  const covered = which(({ cuped }) => cuped);
  const windowed = which(({ windowHours }) => windowHours !== null);
  const capped = which(({ cap, type }) => cap !== null && type !== 'CONVERSION');
  return [
    ...(covered.length > 0
      ? [`${covered.join(', ')}: values before exposure are taken to explain nothing (cuped); with them it is found sooner.`]
      : []),
    ...(windowed.length > 0 ? [`${windowed.join(', ')}: a unit's value is taken to be known when it comes (windowHours).`] : []),
    ...(capped.length > 0 ? [`${capped.join(', ')}: values are drawn as they are after the cap; let --base say what is left.`] : []),
    ...(evaluation.segments.length > 0 ? ['Segments are not drawn: units are compared without them.'] : []),
    ...(design === 'CLUSTER' ? ['A unit is a whole cluster, and its value that of the cluster.'] : []),
  ];
}

function baselinesOf({ metrics }: Definition, said: Named<Partial<Baseline>>): Readonly<Record<string, Baseline>> {
  refuseUnknown(
    '--base',
    'metric',
    Object.keys(said),
    metrics.map(({ key }) => key),
  );
  return Object.fromEntries(
    metrics.map((metric) => {
      const { mean = usualMean(metric), deviation = 2 * Math.abs(mean) } =
        said[metric.key] ?? (metric.role === 'PRIMARY' ? said[''] : null) ?? {};
      if (metric.type === 'CONVERSION' && !(mean >= 0 && mean <= 1)) {
        throw new UsageError(`--base: received ${mean} for ${metric.key}; expected a rate from 0 to 1.`);
      }
      if (deviation < 0) throw new UsageError(`--base: received a deviation of ${deviation} for ${metric.key}; expected 0 or more.`);
      return [metric.key, { mean, deviation }];
    }),
  );
}

/** A rate of 5%, or of a guardrail 2%; else 1 a unit. */
function usualMean({ type, role }: MetricDefinition): number {
  if (type !== 'CONVERSION') return 1;
  return role === 'GUARDRAIL' ? 0.02 : 0.05;
}

function effectsOf(
  definition: Definition,
  baselines: Readonly<Record<string, Baseline>>,
  said: Named<number>,
): Readonly<Record<string, number>> {
  const { key, type, direction } = primaryMetricOf(definition);
  const control = controlOf(definition).key;
  const others = definition.variants.map((variant) => variant.key).filter((variant) => variant !== control);
  refuseUnknown('--effect', 'variant beside the control', Object.keys(said), others);
  const usual = (definition.evaluation.minimumEffect ?? usualEffect) * (direction === 'INCREASE' ? 1 : -1);
  const { '': first, ...rest } = Object.keys(said).length > 0 ? said : { '': usual };
  const effects: Record<string, number> = { ...(first !== undefined && { [others[0] ?? '']: first }), ...rest };
  const mean = baselines[key]?.mean ?? 0;
  if (mean === 0) throw new UsageError(`--base: received 0 for ${key}; a relative effect needs a mean other than 0.`);
  for (const [variant, effect] of Object.entries(effects)) {
    const rate = mean * (1 + effect);
    if (type === 'CONVERSION' && !(rate >= 0 && rate <= 1)) {
      throw new UsageError(`--effect: ${effect} would make the rate of ${variant} ${rate}; expected one from 0 to 1.`);
    }
  }
  return effects;
}

function refuseUnknown(option: string, what: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => name !== '' && !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`${option}: ${unknown} is no ${what}; expected ${known.join(', ')}.`);
}

/** Of all variants: the plan's horizon, else what finding the largest of the effects takes; minSampleSize at least. */
function plannedUnits(
  definition: Definition,
  baselines: Readonly<Record<string, Baseline>>,
  effects: Readonly<Record<string, number>>,
): number {
  const { evaluation, variants } = definition;
  const { type: metricType, key } = primaryMetricOf(definition);
  const { mean: baseline = 0, deviation = 0 } = baselines[key] ?? {};
  const largest = Object.values(effects).toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0;
  const least = evaluation.minSampleSize / smallestShareOf(definition);
  if (evaluation.horizonUnits !== null) return Math.max(least, evaluation.horizonUnits);
  if (largest === 0) return least;
  try {
    const question = {
      ...evaluation,
      metricType,
      baseline,
      standardDeviation: deviation,
      minimumEffect: largest,
      variants: variants.length,
    };
    return Math.max(least, planPower({ ...question, unitsPerVariant: null, unitsPerDay: null }).totalUnits);
  } catch (error) {
    if (error instanceof DomainError) throw new UsageError(`Say --units-per-day: how many the plan needs cannot be told. ${error.message}`);
    throw error;
  }
}

/** Until the plan's looks are used up, or its horizon is reached. */
function daysOf(definition: Definition, unitsPerDay: number, lookDays: number): number {
  const { method, maxPeeks, minSampleSize, horizonUnits } = definition.evaluation;
  const reach = (units: number) => units / unitsPerDay + lookDays;
  if (isMetered(method)) {
    const late = minSampleSize + chanceSigmas * Math.sqrt(minSampleSize);
    return reach(late / smallestShareOf(definition)) + maxPeeks * lookDays;
  }
  return horizonUnits === null ? longestDays : reach(horizonUnits);
}
