import { bestOfShapes, betaOf, normalsOf, type Shapes } from './arm-posterior.js';
import { around, liftInterval, liftOf } from './evaluation-interval.js';
import type { ArmSums, Interval } from './evaluation-types.js';
import type { ComparisonOutcome, UnknownReason } from './evaluation-words.js';
import type { MetricDefinition } from './experiment.js';
import type { PairEstimate } from './pair-estimate.js';
import { type StrataQuestion, strataOf } from './post-strata.js';
import { betaComparison } from './stats/beta-comparison.js';
import type { CovariateAdjustment } from './stats/cuped.js';
import { gaussianEffect } from './stats/gaussian-effect.js';
import { normalQuantile } from './stats/normal.js';

/** A probability as near to one half is one half: quadrature ends a digit off. */
const tie = 1e-9;

/** BAYESIAN: what the posterior says of one variant against the control. */
export interface PosteriorReading {
  readonly probabilityToBeatControl: number;
  /** In the metric's unit, if the control is kept beside this variant. */
  readonly lossOfControl: number;
  /** In the metric's unit, if the variant is chosen beside the control alone. */
  readonly lossOfVariant: number;
  readonly interval: Interval;
  readonly liftInterval: Interval | null;
  /** Half width of the interval, in standard errors, were the posterior normal. */
  readonly multiplier: number;
}

/**
 * Posterior of a pair. Rates: a beta each, with the prior Beta(1, 1). Everything else, rates adjusted for values before exposure too: the
 * effect is normal about its estimate, the prior flat.
 *
 * @param level  of the credible intervals, in (0, 1)
 * @returns null while there is too little for a normal posterior
 * @throws StatisticsError INVALID_DATA
 * @see Gelman et al. (2013), Bayesian Data Analysis; Stucchio (2015) for the loss
 */
export function readPosterior(pair: PairEstimate, metric: MetricDefinition, level: number): PosteriorReading | null {
  const multiplier = normalQuantile((1 - level) / 2, 'upper');
  if (metric.type === 'CONVERSION' && !metric.cuped) {
    const shapes = [betaOf(pair.periods, 0), betaOf(pair.periods, 1)] as const;
    const best = bestOfShapes({ kind: 'BETA', shapes }, metric.direction);
    const { difference, lift } = betaComparison(...shapes, level);
    return {
      probabilityToBeatControl: best.probabilityBeatsFirst[1] ?? 0,
      lossOfControl: best.expectedLoss[0] ?? 0,
      lossOfVariant: best.expectedLoss[1] ?? 0,
      interval: { ...difference, level },
      liftInterval: pair.controlMean === 0 ? null : { ...lift, level },
      multiplier,
    };
  }
  const { spread, effect } = pair;
  if (!spread || pair.isTooFew) return null;
  const sign = metric.direction === 'INCREASE' ? 1 : -1;
  const posterior = gaussianEffect(sign * effect, spread.standardError, null, level);
  const lifted = liftOf(pair, spread);
  return {
    probabilityToBeatControl: posterior.probabilityPositive,
    lossOfControl: posterior.expectedLossControl,
    lossOfVariant: posterior.expectedLossTreatment,
    interval: around(effect, multiplier * spread.standardError, level),
    liftInterval: lifted && liftInterval(pair, spread, lifted, multiplier, level),
    multiplier,
  };
}

/** Expected loss by key of the variant; why it is unknown; null where the pair of one variant and the control says it all. */
export type Losses = ReadonlyMap<string, number> | UnknownReason | null;

/**
 * Expected loss of each variant beside all arms that have units, E[best of all - variant].
 *
 * @param keys  of the control, then of the variants
 * @throws StatisticsError INVALID_DATA, ZERO_BASELINE
 */
export function expectedLosses(
  arms: readonly ArmSums[],
  metric: MetricDefinition,
  keys: readonly string[],
  { covariate, ...question }: Omit<StrataQuestion, 'metric' | 'variants'> & { readonly covariate: CovariateAdjustment | null },
): Losses {
  const present = keys.filter((key) => arms.some(({ variant, units }) => variant === key && units > 0));
  if (present.length < 3) return null;
  const { periods } = strataOf(arms, { metric, variants: present, ...question });
  const places = present.map((_, index) => index);
  let shapes: Shapes | null = null;
  if (metric.type === 'CONVERSION' && !metric.cuped) {
    shapes = { kind: 'BETA', shapes: places.map((place) => betaOf(periods, place)) };
  } else {
    const normals = normalsOf(periods, places, { type: metric.type, covariate });
    shapes = normals && { kind: 'NORMAL', shapes: normals };
  }
  if (!shapes) return 'ZERO_VARIANCE';
  const losses = bestOfShapes(shapes, metric.direction).expectedLoss;
  return new Map(losses.map((loss, place) => [present[place] ?? '', loss]));
}

/**
 * The rule by which a plan with lossThreshold stops: a variant is better when choosing it loses less than the threshold on average, worse when
 * keeping the control does.
 */
export function verdictOf(
  { probabilityToBeatControl, lossOfControl }: PosteriorReading,
  expectedLoss: number,
  lossThreshold: number,
): ComparisonOutcome {
  const lead = probabilityToBeatControl - 0.5;
  if (lead > tie && expectedLoss < lossThreshold) return 'BETTER';
  return lead < -tie && lossOfControl < lossThreshold ? 'WORSE' : 'INCONCLUSIVE';
}
