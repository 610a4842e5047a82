import { mean, variance } from '../plain/comparisons.js';
import { chanceBelow, type Grid, gridOf, lossBeside, rateGrid } from '../plain/distributions.js';
import { type Arms, betterSign, type Cells, pairOf, strataOf } from './expected-results.js';
import type { MetricKey } from './shoppers.js';

/** What a BAYESIAN plan should show of shoppers, from posteriors on a grid. */

export interface ExpectedPosterior {
  readonly metric: MetricKey;
  readonly variant: string;
  /** Null while there are too few units. */
  readonly probabilityToBeatControl: number | null;
  readonly expectedLoss: number | null;
  /** Of the control beside this variant alone. */
  readonly lossOfControl: number;
  /** Posterior chance that the change of the mean is below a value. */
  readonly effectBelow: (value: number) => number;
  readonly liftBelow: (value: number) => number;
}

const floor = 100;

interface Normal {
  readonly mean: number;
  readonly error: number;
}

/** Means of the arms over strata, with their standard errors. */
function armsOf(strata: readonly Cells[]): readonly Normal[] {
  const all = strata.reduce((sum, { weight }) => sum + weight, 0);
  return (strata[0]?.cells ?? []).map((_, arm) => {
    const own = strata.map(({ cells, weight }) => ({ share: weight / all, values: cells[arm] as readonly number[] }));
    const squares = own.reduce((sum, { share, values }) => sum + (share ** 2 * variance(values)) / values.length, 0);
    return { mean: own.reduce((sum, { share, values }) => sum + share * mean(values), 0), error: Math.sqrt(squares) };
  });
}

/** Of a rate over strata: that of as many units as would know it as well. */
function rateOf(strata: readonly Cells[], arm: number): Grid {
  const all = strata.reduce((sum, { weight }) => sum + weight, 0);
  const own = strata.map(({ cells, weight }) => ({ share: weight / all, rate: mean(cells[arm] ?? []), units: cells[arm]?.length ?? 0 }));
  const rate = own.reduce((sum, each) => sum + each.share * each.rate, 0);
  const square = own.reduce((sum, each) => sum + (each.share ** 2 * each.rate * (1 - each.rate)) / each.units, 0);
  const units = (rate * (1 - rate)) / square;
  return rateGrid(rate * units, (1 - rate) * units);
}

function normalGrids(normals: readonly Normal[]): readonly Grid[] {
  const low = Math.min(...normals.map((each) => each.mean - 9 * each.error));
  const high = Math.max(...normals.map((each) => each.mean + 9 * each.error));
  return normals.map((each) => gridOf((x) => -(((x - each.mean) / each.error) ** 2) / 2, low, high));
}

/** The better the greater: of a metric of which less is better, the posterior of its negative. @param pair whether they are the control and one variant */
function gridsOf(strata: readonly Cells[], metric: MetricKey, isPair: boolean): readonly Grid[] {
  if (metric === 'bought') return (strata[0]?.cells ?? []).map((_, arm) => rateOf(strata, arm));
  const sign = betterSign(metric);
  const signed = ({ mean: value, error }: Normal): Normal => ({ mean: sign * value, error });
  if (!isPair) return normalGrids(armsOf(strata).map(signed));
  const { controlMean, variantMean, controlVariance, variantVariance } = pairOf(strata);
  const normals = [
    { mean: controlMean, error: Math.sqrt(controlVariance) },
    { mean: variantMean, error: Math.sqrt(variantVariance) },
  ];
  return normalGrids(normals.map(signed));
}

/** @param isStratified whether units are compared inside regions where these are large enough */
export function posteriorsOf(arms: Arms, metrics: readonly MetricKey[], isStratified: boolean): readonly ExpectedPosterior[] {
  const everybody = arms.map((_, place) => place);
  return metrics.flatMap((metric) => {
    const all = gridsOf(strataOf(arms, metric, everybody, isStratified), metric, false);
    const sign = betterSign(metric);
    return arms.slice(1).map(([variant, shoppers], place) => {
      const [control, own] = gridsOf(strataOf(arms, metric, [0, place + 1], isStratified), metric, true) as [Grid, Grid];
      const isRead = Math.min(shoppers.length, arms[0]?.[1].length ?? 0) >= floor;
      const below = (value: number) => chanceBelow(control, own, (x) => x + sign * value);
      return {
        metric,
        variant,
        probabilityToBeatControl: isRead ? 1 - chanceBelow(control, own, (x) => x) : null,
        expectedLoss: isRead ? lossBeside(all, all[place + 1] as Grid) : null,
        lossOfControl: lossBeside([control, own], control),
        effectBelow: (value) => (sign > 0 ? below(value) : 1 - below(value)),
        liftBelow: (value) => chanceBelow(control, own, (x) => x * (1 + value)),
      };
    });
  });
}
