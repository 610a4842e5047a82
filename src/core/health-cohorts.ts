import { type DifferenceTerms, differenceTerms } from './stats/difference-shift.js';
import { type RatioTerms, ratioTerms } from './stats/ratio-shift.js';
import type { RateStratum } from './stats/shift.js';
import { requireValid } from './stats/statistics-error.js';

/** Units of a variant first exposed in an hour, and those of them that have converted. */
export interface Cohort {
  readonly variant: string;
  /** Start of the hour, in milliseconds since the epoch. */
  readonly hour: number;
  readonly units: number;
  readonly conversions: number;
}

export const hourMs = 3_600_000;

/** Totals of some hours in a row. */
export interface Rate {
  readonly units: number;
  readonly conversions: number;
}

/** The cohorts of some variants hour by hour, summed so that any stretch of hours costs as little as any other. Stretches are from an hour to before another. */
export interface CohortGrid {
  /** Start of the first hour, in milliseconds. */
  readonly start: number;
  readonly hours: number;
  rate(arm: number, from: number, to: number): Rate;
  strata(arm: number, reference: number, from: number, to: number): readonly RateStratum[];
  ratio(arm: number, reference: number, from: number, to: number): RatioTerms;
  difference(arm: number, reference: number, from: number, to: number): DifferenceTerms;
}

/**
 * @param cohorts those of other variants are left out
 * @returns null when there are none of these
 * @throws StatisticsError INVALID_DATA for more conversions than units
 */
export function createCohortGrid(cohorts: readonly Cohort[], variants: readonly string[]): CohortGrid | null {
  const armOf = new Map(variants.map((variant, arm) => [variant, arm]));
  const counted = cohorts.filter(({ variant }) => armOf.has(variant));
  if (counted.length === 0) return null;
  const start = counted.reduce((least, { hour }) => Math.min(least, hour), Number.POSITIVE_INFINITY);
  const hours = counted.reduce((most, { hour }) => Math.max(most, (hour - start) / hourMs + 1), 0);
  const nothing: Rate = { units: 0, conversions: 0 };
  const arms = variants.map(() => new Array<Rate>(hours).fill(nothing));
  for (const { variant, hour, units, conversions } of counted) {
    requireValid(conversions <= units, `${conversions} units of "${variant}" converted, of ${units} exposed in an hour`);
    const arm = arms[armOf.get(variant) ?? 0];
    if (arm) arm[(hour - start) / hourMs] = { units, conversions };
  }
  const totals = arms.map((arm) => runningSums(arm, ['units', 'conversions']));
  const stratum = (arm: number, reference: number, hour: number): RateStratum => {
    const own = arms[arm]?.[hour] ?? nothing;
    const other = arms[reference]?.[hour] ?? nothing;
    return { units: own.units, conversions: own.conversions, referenceUnits: other.units, referenceConversions: other.conversions };
  };
  const strata = (arm: number, reference: number, from: number, to: number): RateStratum[] =>
    Array.from({ length: to - from }, (_, i) => stratum(arm, reference, from + i));
  const pairs = new Map<number, { readonly ratio: Stretches<RatioTerms>; readonly difference: Stretches<DifferenceTerms> }>();
  function pair(arm: number, reference: number) {
    const key = arm * variants.length + reference;
    const known = pairs.get(key);
    if (known) return known;
    const all = strata(arm, reference, 0, hours);
    const made = {
      ratio: runningSums(all.map(ratioTerms), ['own', 'other', 'variance']),
      difference: runningSums(all.map(differenceTerms), ['weight', 'weighted', 'variance']),
    };
    pairs.set(key, made);
    return made;
  }
  return {
    start,
    hours,
    rate: (arm, from, to) => totals[arm]?.(from, to) ?? nothing,
    strata,
    ratio: (arm, reference, from, to) => pair(arm, reference).ratio(from, to),
    difference: (arm, reference, from, to) => pair(arm, reference).difference(from, to),
  };
}

type Stretches<T> = (from: number, to: number) => T;

/** Sums over any stretch of the rows. */
function runningSums<Name extends string>(
  rows: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
): Stretches<Record<Name, number>> {
  const sums = names.map((name) => {
    const until = new Float64Array(rows.length + 1);
    rows.forEach((row, i) => {
      until[i + 1] = (until[i] ?? 0) + row[name];
    });
    return [name, until] as const;
  });
  return (from, to) => {
    const stretch = {} as Record<Name, number>;
    for (const [name, until] of sums) stretch[name] = (until[to] ?? 0) - (until[from] ?? 0);
    return stretch;
  };
}
