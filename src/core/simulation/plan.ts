import type { Definition, MetricDefinition } from '../experiment.js';
import { bernoulli, normalValues, type Population, ratioValues } from './populations.js';

/** What a simulation is made from: a plan, and a world for it. */

/** What a metric's values of the control's units are drawn from. */
export interface Baseline {
  /** Rate of a CONVERSION, in [0, 1]; else the mean a unit, and of a RATIO the ratio. */
  readonly mean: number;
  /** Standard deviation a unit, 0 or more; of a RATIO that of (numerator - ratio x denominator) / mean denominator. CONVERSION: not read. */
  readonly deviation: number;
}

export interface SimulatedPlan {
  readonly definition: Definition;
  /** By key of every metric. */
  readonly baselines: Readonly<Record<string, Baseline>>;
  /** Relative change of the primary metric by key of the variant; left out: none. The control has none. */
  readonly effects: Readonly<Record<string, number>>;
  /** New units a day that are included, above 0. */
  readonly unitsPerDay: number;
  /** How long it runs when nothing ends it before. */
  readonly days: number;
  /** Gap between two scheduled looks. */
  readonly lookDays: number;
}

/** The same world in which no variant changes anything. */
export function withoutEffect(plan: SimulatedPlan): SimulatedPlan {
  return { ...plan, effects: {} };
}

/** Relative change that a variant really makes in a metric. */
export function effectOf({ effects }: SimulatedPlan, { role }: MetricDefinition, variant: string): number {
  return role === 'PRIMARY' && Object.hasOwn(effects, variant) ? (effects[variant] ?? 0) : 0;
}

/** What the values of a variant's units in a metric are drawn from. */
export function populationOf(plan: SimulatedPlan, metric: MetricDefinition, variant: string): Population {
  const { mean, deviation } = plan.baselines[metric.key] ?? { mean: 0, deviation: 0 };
  const changed = mean * (1 + effectOf(plan, metric, variant));
  switch (metric.type) {
    case 'CONVERSION':
      return bernoulli(changed);
    case 'COUNT':
    case 'CONTINUOUS':
      return normalValues(changed, deviation);
    case 'RATIO':
      return ratioValues(changed, deviation);
    default:
      return metric.type satisfies never;
  }
}
