import type { Comparison } from '../../src/core/evaluation.js';
import {
  type Bounds,
  benjaminiHochberg,
  type Difference,
  differenceInside,
  holm,
  liftBounds,
  type Measured,
  valuesOf,
} from '../plain/comparisons.js';
import { normalPoint } from '../plain/distributions.js';
import type { Read, Way } from '../plain/looks.js';
import { kindOf, type MetricKey, regions, type Shopper } from './shoppers.js';

/** What a plan that goes by p-values should show of shoppers, look by look, from every unit by textbook formulae. */

/** Who was exposed by a look, by variant, the control first. */
export type Arms = readonly (readonly [variant: string, shoppers: readonly Shopper[]])[];

/** Units an arm without which nothing is read. */
const floor = 100;
const alpha = 0.05;
const lessIsBetter: readonly string[] = ['failures'];

export const betterSign = (metric: string) => (lessIsBetter.includes(metric) ? -1 : 1);

export interface Expected {
  readonly metric: MetricKey;
  readonly variant: string;
  readonly difference: Difference;
  /** Null while nothing is read. */
  readonly pValue: number | null;
  readonly interval: Bounds | null;
  readonly liftInterval: Bounds | null;
  readonly detectable: number | null;
  /** Of the effect when the smallest p-value was reached. */
  readonly side: number;
  readonly isAccepted: boolean;
}

/** Values of a metric, one list an arm. */
export function measuredIn(arms: Arms, metric: MetricKey): readonly (readonly number[])[] {
  const measured: readonly (readonly Measured[])[] = arms.map(([, shoppers]) => shoppers.map((one) => one.measured[metric]));
  return valuesOf(measured, kindOf[metric]);
}

/** Arms inside a segment. */
export interface Cells {
  /** Values of the units of each arm asked for. */
  readonly cells: readonly (readonly number[])[];
  /** Units of all arms. */
  readonly weight: number;
}

/**
 * The arms at these places inside each region where every one of them has 100 units and 10 with an event there; else as a whole, as always of a ratio.
 */
export function strataOf(arms: Arms, metric: MetricKey, places: readonly number[], isStratified: boolean): readonly Cells[] {
  const values = measuredIn(arms, metric);
  const inside = (place: number, isIn: (shopper: Shopper) => boolean) =>
    (arms[place]?.[1] ?? []).flatMap((shopper, i) => (isIn(shopper) ? [{ value: values[place]?.[i] as number, shopper }] : []));
  const cellsWhere = (isIn: (shopper: Shopper) => boolean) => places.map((place) => inside(place, isIn));
  const isLarge = (list: readonly { readonly shopper: Shopper }[]) =>
    list.length >= floor && list.filter(({ shopper }) => shopper.measured[metric].x !== 0).length >= 10;
  const own = regions.map((region) => cellsWhere((shopper) => shopper.region === region));
  const isSplit = isStratified && kindOf[metric] !== 'RATIO' && own.flat().every(isLarge);
  return (isSplit ? own : [cellsWhere(() => true)]).map((lists, i) => ({
    cells: lists.map((list) => list.map(({ value }) => value)),
    weight: arms.reduce((sum, [, shoppers]) => sum + shoppers.filter(({ region }) => !isSplit || region === regions[i]).length, 0),
  }));
}

/** Of the arms at two places. */
export function pairOf(strata: readonly Cells[]): Difference {
  return differenceInside(strata.map(({ cells: [control = [], variant = []], weight }) => ({ control, variant, weight })));
}

/** Each variant in each metric after the looks so far. @param isStratified whether units are compared inside regions where these are large enough */
export function expectedOf(looks: readonly Arms[], metrics: readonly MetricKey[], way: Way, isStratified: boolean): readonly Expected[] {
  const last = looks.at(-1) as Arms;
  return metrics.flatMap((metric) =>
    last.slice(1).map(([variant], place) => {
      const each = looks.map((arms, i) => {
        const units = [arms[0], arms[place + 1]].map((arm) => arm?.[1].length ?? 0);
        const difference = pairOf(strataOf(arms, metric, [0, place + 1], isStratified));
        return { difference, read: Math.min(...units) < floor ? null : way(difference, i === 1) };
      });
      return { metric, variant, ...after(each) };
    }),
  );
}

interface OneLook {
  readonly difference: Difference;
  readonly read: Read | null;
}

function after(each: readonly OneLook[]): Omit<Expected, 'metric' | 'variant'> {
  const { difference, read } = each.at(-1) as OneLook;
  const seen = each.flatMap((one) => (one.read ? [{ difference: one.difference, read: one.read }] : []));
  const least = seen.toSorted((a, b) => a.read.pValue - b.read.pValue)[0];
  const common = (of: (one: (typeof seen)[number]) => Bounds, estimate: number): Bounds | null => {
    const bounds = seen.map(of);
    if (!read || bounds.length === 0) return null;
    const both: Bounds = [Math.max(...bounds.map(([lower]) => lower)), Math.min(...bounds.map(([, upper]) => upper))];
    return both[0] <= estimate && estimate <= both[1] ? both : (bounds.at(-1) as Bounds);
  };
  const multiplier = (one: (typeof seen)[number]) => one.read.halfWidth / one.difference.standardError;
  return {
    difference,
    pValue: read && (least?.read.pValue ?? null),
    interval: common((one) => [one.difference.effect - one.read.halfWidth, one.difference.effect + one.read.halfWidth], difference.effect),
    liftInterval: common((one) => liftBounds(one.difference, multiplier(one)), difference.lift),
    detectable: read && (read.halfWidth + normalPoint(0.2) * difference.standardError) / Math.abs(difference.controlMean),
    side: Math.sign(least?.difference.effect ?? 0),
    isAccepted: seen.some((one) => one.read.isAccepted === true),
  };
}

type Verdict = Pick<Comparison, 'adjustedPValue' | 'significant' | 'outcome'>;

/** What a family makes of them. */
export function verdictsOf(expected: readonly Expected[], family: 'HOLM' | 'BENJAMINI_HOCHBERG'): readonly Verdict[] {
  const pValues = expected.map(({ pValue }) => pValue);
  const adjusted = family === 'HOLM' ? holm(pValues) : benjaminiHochberg(pValues);
  return expected.map(({ metric, side, difference }, i) => {
    const adjustedPValue = adjusted[i] ?? null;
    const significant = adjustedPValue !== null && adjustedPValue <= alpha;
    const isOpen = !significant || Math.sign(difference.effect) !== side;
    return { adjustedPValue, significant, outcome: isOpen ? 'INCONCLUSIVE' : side === betterSign(metric) ? 'BETTER' : 'WORSE' };
  });
}

type Outcome = Pick<Comparison, 'variant' | 'outcome'> & { readonly effect: number };

/** @param primary of the metric that decides. @param isUsedUp whether the plan has nothing left */
export function decisionOf(metric: MetricKey, primary: readonly Outcome[], isUsedUp: boolean): { decision: string; winner: string | null } {
  const better = primary.filter(({ outcome }) => outcome === 'BETTER');
  const [winner] = better.toSorted((a, b) => betterSign(metric) * (b.effect - a.effect));
  if (winner) return { decision: 'SHIP', winner: winner.variant };
  const isLost = primary.every(({ outcome }) => outcome === 'WORSE');
  return { decision: isLost || isUsedUp ? 'DO_NOT_SHIP' : 'KEEP_RUNNING', winner: null };
}
