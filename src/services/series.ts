import { type Problem, refusal, refuseIfAny } from '../core/errors.js';
import type { Comparison, Decision } from '../core/evaluation.js';
import { controlOf, type Experiment, primaryMetricOf } from '../core/experiment.js';
import { hourSteps, thinned } from '../core/series.js';
import { variantOf } from './allocations.js';
import type { Clock } from './ports.js';
import type { SeriesReads, TimeSpan } from './reads.js';
import type { CountStep, EffectRecord, WeightsPoint } from './records.js';

/** What charts show of an experiment's past: never more points than asked for, at the same cost after an hour and after a year. */

export interface SeriesQuestion {
  /** Null: since the start. */
  readonly from: Date | null;
  /** Null: to now. */
  readonly to: Date | null;
  /** Points of each series, 1 to 1,000. */
  readonly maxPoints: number;
}

export interface EffectQuestion extends SeriesQuestion {
  /** Key of the metric; null: the primary. */
  readonly metric: string | null;
  /** Key of the variant; null: all but the control. */
  readonly variant: string | null;
}

export interface EffectPoint extends Pick<Comparison, 'effect' | 'interval' | 'lift' | 'liftInterval' | 'outcome'> {
  readonly sequence: number;
  readonly at: Date;
  /** Units compared, variant and control together. */
  readonly units: number;
  readonly decision: Decision;
}

export interface EffectSeries {
  readonly variant: string;
  readonly metric: string;
  readonly points: readonly EffectPoint[];
}

export interface CountsPoint {
  readonly at: Date;
  /** In the experiment's order. */
  readonly variants: readonly { readonly variant: string; readonly exposures: number; readonly conversions: number }[];
}

const mostPoints = 1_000;

export type Series = ReturnType<typeof createSeries>;

export function createSeries({ reads, clock }: { readonly reads: SeriesReads; readonly clock: Clock }) {
  /** The time asked for, as far as there is anything to tell. */
  function spanOf({ createdAt, startedAt }: Experiment, { from, to, maxPoints }: SeriesQuestion): TimeSpan {
    refuseIfAny(pointProblems(maxPoints));
    const now = clock.now();
    const since = from ?? startedAt ?? createdAt;
    return { from: since < createdAt ? createdAt : since, to: to === null || to >= now ? null : to };
  }

  return {
    /** Moves not made by a bandit are kept when the others are thinned, and so is the latest. @throws INVALID_RANGE */
    async weights(experiment: Experiment, question: SeriesQuestion): Promise<readonly WeightsPoint[]> {
      const span = await reads.allocationSpan(experiment.id, spanOf(experiment, question));
      return span ? reads.weights(experiment.id, thinned({ ...span, most: question.maxPoints })) : [];
    },

    /** One series a variant, in the experiment's order. @throws INVALID_RANGE, NOT_FOUND for the metric, VARIANT_NOT_FOUND */
    async effects(experiment: Experiment, question: EffectQuestion): Promise<readonly EffectSeries[]> {
      const { metric, variants } = comparedOf(experiment, question);
      const span = await reads.evaluationSpan(experiment.id, spanOf(experiment, question));
      const sequences = span ? thinned({ ...span, most: question.maxPoints }) : [];
      const records = sequences.length === 0 ? [] : await reads.effects(experiment.id, metric, sequences);
      return variants.map((variant) => ({
        variant,
        metric,
        points: records.filter(({ comparison }) => comparison.variant === variant).map(effectPoint),
      }));
    },

    /**
     * By the time at which units came to be counted, so that a point shows what live counts showed then and the last one, at now, what they show.
     * At an end in the past that is no full hour it shows the last full hour before it. Empty before the first allocation.
     *
     * @throws INVALID_RANGE
     */
    async counts(experiment: Experiment, question: SeriesQuestion): Promise<readonly CountsPoint[]> {
      const { from, to } = spanOf(experiment, question);
      const end = to ?? clock.now();
      if (from >= end || !experiment.allocation) return [];
      const steps = hourSteps({ from, to: end, most: question.maxPoints });
      const came = await reads.hourCounts(experiment.id, steps, to);
      return cumulated(experiment, steps.times, came);
    },
  };
}

function pointProblems(maxPoints: number): Problem[] {
  if (maxPoints >= 1 && maxPoints <= mostPoints) return [];
  const message = `maxPoints must be 1 to ${mostPoints}; received ${maxPoints}.`;
  return [{ code: 'INVALID_RANGE', message, path: ['maxPoints'], received: maxPoints }];
}

function comparedOf(experiment: Experiment, { metric, variant }: EffectQuestion) {
  const { definition } = experiment;
  const found = metric === null ? primaryMetricOf(definition) : definition.metrics.find(({ key }) => key === metric);
  if (!found) {
    const keys = definition.metrics.map(({ key }) => `"${key}"`).join(', ');
    throw refusal('NOT_FOUND', `No metric "${metric}"; there are ${keys}.`, ['metric'], metric);
  }
  const asked = variant === null ? definition.variants : [variantOf(experiment, variant, ['variant'])];
  const control = controlOf(definition).key;
  return { metric: found.key, variants: asked.map(({ key }) => key).filter((key) => key !== control) };
}

function effectPoint({ sequence, at, decision, comparison }: EffectRecord): EffectPoint {
  const { controlUnits, variantUnits, effect, interval, lift, liftInterval, outcome } = comparison;
  return { sequence, at, units: controlUnits + variantUnits, effect, interval, lift, liftInterval, outcome, decision };
}

function cumulated({ definition }: Experiment, times: readonly Date[], came: readonly CountStep[]): CountsPoint[] {
  const steps = new Map(came.map((step) => [`${step.point} ${step.variant}`, step]));
  let counts = definition.variants.map(({ key }) => ({ variant: key, exposures: 0, conversions: 0 }));
  return times.map((at, point) => {
    counts = counts.map(({ variant, exposures, conversions }) => {
      const step = steps.get(`${point} ${variant}`);
      return { variant, exposures: exposures + (step?.exposures ?? 0), conversions: conversions + (step?.conversions ?? 0) };
    });
    return { at, variants: counts };
  });
}
