import { differenceShift, type RateStratum, ratioShift, type Side } from './stats/rate-shift.js';

/**
 * When a bandit must stop for an arm's conversion rate that cannot be right: tracking that broke or doubled, or bots that found one variant.
 *
 * Cohorts are the units of an hour of first exposure. For each hour of the last two days the cohorts from it on are held against those of the week before
 * it, and an arm is anomalous when all three say so:
 *
 * 1. Its rate left its own history by more than 3 sigma, and by a quarter of it at least.
 * 2. Its ratio to the concurrent arm with the most conversions moved by more than that quarter: what moves both by one factor, as an evening does, is no anomaly,
 *    and a novelty that wears off is one for the bandit to follow.
 * 3. Its difference from that arm moved too: what moves both by as many points is none either.
 *
 * The tests of 2 and 3 may be read at every tick (normal mixtures, see `stats/rate-shift.ts`); each holds the error by itself against its own kind of drift. Their
 * error is shared out over hours, arms and sides: alpha / (d (d + 1)) for all hours of day d, which sums to alpha over any life, and less for later days.
 * So the error is promised from the start, or from a resumption, for ever; a test at a fixed 3 sigma would halt several times a day.
 *
 * A fall is judged on hours that have ended, for conversions may be on their way; a rise at once.
 */

/** Units of a variant first exposed in an hour, and those of them that have converted. */
export interface Cohort {
  readonly variant: string;
  /** Start of the hour, in milliseconds since the epoch. */
  readonly hour: number;
  readonly units: number;
  readonly conversions: number;
}

export interface AnomalyInput {
  /** Matured ones, in any order, from {@link anomalyLookBackHours} before now at the earliest; no two of one variant and hour. */
  readonly cohorts: readonly Cohort[];
  /** Keys of the enabled variants. */
  readonly variants: readonly string[];
  readonly startedAt: number;
  /** When a person last set the halted bandit going again: what was before is no evidence any more. */
  readonly resumedAt: number | null;
  readonly now: number;
  /** Chance of a false halt over the whole life. */
  readonly alpha?: number;
}

export interface Anomaly {
  readonly variant: string;
  readonly side: 'ROSE' | 'FELL';
  /** Start of the hour from which on the rate is another. */
  readonly since: number;
  readonly rate: number;
  readonly usualRate: number;
  /** Of the concurrent variant that it was compared with. */
  readonly reference: { readonly variant: string; readonly rate: number; readonly usualRate: number };
}

/** Chance that a bandit is ever halted with nothing wrong. */
export const haltAlpha = 0.001;

const hourMs = 3_600_000;
const splitHours = 48;
const historyHours = 168;
/** What is looked at, in hours of first exposure back from the last matured one. */
export const anomalyLookBackHours = splitHours + historyHours;

const leastUnits = 1_000;
const leastConversions = 30;
const leastSigmas = 3;
/** Change of the logarithm of a rate that is none worth a halt: a quarter more, or a fifth less. */
const tolerance = Math.log(1.25);
/** Change for which the tests are tuned: a rate that triples. */
const scale = Math.log(3);

/** The anomaly with the strongest evidence; null: none is proven, or too little is known. Never throws on sound counts. */
export function findAnomaly({ cohorts, variants, startedAt, resumedAt, now, alpha = haltAlpha }: AnomalyInput): Anomaly | null {
  const grid = gridOf(cohorts, variants, resumedAt);
  if (!grid) return null;
  const firstDay = Math.min(Math.floor(startedAt / hourMs) * hourMs, grid.start);
  const origin = resumedAt === null ? firstDay : grid.start;
  let found: { readonly anomaly: Anomaly; readonly evidence: number } | null = null;
  for (const [arm, variant] of variants.entries()) {
    for (const side of [1, -1] as const) {
      // Hours from here on are not looked at: the running one is not over yet.
      const end = side === 1 ? grid.hours : Math.min(grid.hours, Math.floor((now - grid.start) / hourMs));
      for (let split = Math.max(1, end - splitHours); split < end; split++) {
        const suspect = suspicion(grid, arm, side, { from: Math.max(0, split - historyHours), split, end });
        if (!suspect) continue;
        const day = Math.floor((grid.start + split * hourMs - origin) / (24 * hourMs)) + 1;
        const level = alpha / (day * (day + 1) * 24) / (2 * variants.length);
        const evidence = Math.log(level) - logPValueOf(suspect, side);
        if (evidence < 0 || (found && evidence <= found.evidence)) continue;
        const { own, reference } = suspect;
        const since = grid.start + split * hourMs;
        const compared = { variant: variants[reference.arm] ?? '', rate: reference.rate, usualRate: reference.usualRate };
        const { rate, usualRate } = own;
        found = { anomaly: { variant, side: side === 1 ? 'ROSE' : 'FELL', since, rate, usualRate, reference: compared }, evidence };
      }
    }
  }
  return found?.anomaly ?? null;
}

/** Counts by arm and hour, with their sums up to each hour. */
interface Grid {
  /** First hour, and how many there are. */
  readonly start: number;
  readonly hours: number;
  readonly arms: readonly {
    readonly units: readonly number[];
    readonly conversions: readonly number[];
    /** `unitsBefore[i]`: of the hours before i. */
    readonly unitsBefore: readonly number[];
    readonly conversionsBefore: readonly number[];
  }[];
}

function gridOf(cohorts: readonly Cohort[], variants: readonly string[], resumedAt: number | null): Grid | null {
  const counted = cohorts.filter(({ variant, hour }) => variants.includes(variant) && (resumedAt === null || hour >= resumedAt));
  if (counted.length === 0) return null;
  const start = counted.reduce((least, { hour }) => Math.min(least, hour), Number.POSITIVE_INFINITY);
  const hours = counted.reduce((most, { hour }) => Math.max(most, (hour - start) / hourMs + 1), 0);
  const arms = variants.map((variant) => {
    const units = new Array<number>(hours).fill(0);
    const conversions = new Array<number>(hours).fill(0);
    for (const cohort of counted) {
      if (cohort.variant !== variant) continue;
      const index = (cohort.hour - start) / hourMs;
      units[index] = cohort.units;
      conversions[index] = cohort.conversions;
    }
    return { units, conversions, unitsBefore: runningSums(units), conversionsBefore: runningSums(conversions) };
  });
  return { start, hours, arms };
}

function runningSums(values: readonly number[]): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value);
  return sums;
}

/** Hours `from` to before `split` are the history, those to before `end` what is held against it. */
interface Split {
  readonly from: number;
  readonly split: number;
  readonly end: number;
}

interface ArmRates {
  readonly arm: number;
  readonly units: number;
  readonly conversions: number;
  readonly usualUnits: number;
  readonly usualConversions: number;
  readonly rate: number;
  readonly usualRate: number;
}

interface Suspect {
  readonly own: ArmRates;
  readonly reference: ArmRates;
  readonly earlier: readonly RateStratum[];
  readonly later: readonly RateStratum[];
}

/** The first of the three questions, which is cheap and almost always answered no; null: nothing to suspect. */
function suspicion(grid: Grid, arm: number, side: Side, at: Split): Suspect | null {
  const own = ratesOf(grid, arm, at);
  if (!isKnown(own) || !hasLeftItsHistory(own, side)) return null;
  const others = grid.arms.map((_, other) => ratesOf(grid, other, at)).filter((other) => other.arm !== arm && isKnown(other));
  const [reference] = others.toSorted((a, b) => b.usualConversions - a.usualConversions);
  if (!reference) return null;
  return { own, reference, earlier: strataOf(grid, own, reference, at.from, at.split), later: strataOf(grid, own, reference, at.split, at.end) };
}

function ratesOf({ arms }: Grid, arm: number, { from, split, end }: Split): ArmRates {
  const between = (sums: readonly number[] | undefined, first: number, last: number) => (sums?.[last] ?? 0) - (sums?.[first] ?? 0);
  const { unitsBefore, conversionsBefore } = arms[arm] ?? {};
  const usualUnits = between(unitsBefore, from, split);
  const usualConversions = between(conversionsBefore, from, split);
  const units = between(unitsBefore, split, end);
  const conversions = between(conversionsBefore, split, end);
  return { arm, units, conversions, usualUnits, usualConversions, rate: conversions / units, usualRate: usualConversions / usualUnits };
}

/** Enough units and conversions for a verdict, some of them on either side of the split: an hour of history. */
function isKnown({ units, conversions, usualUnits, usualConversions }: ArmRates): boolean {
  return units > 0 && usualUnits > 0 && units + usualUnits >= leastUnits && conversions + usualConversions >= leastConversions;
}

function hasLeftItsHistory({ units, conversions, usualUnits, usualConversions, rate, usualRate }: ArmRates, side: Side): boolean {
  if (side * (Math.log(rate) - Math.log(usualRate)) < tolerance) return false;
  const common = (conversions + usualConversions) / (units + usualUnits);
  const sigma = Math.sqrt(common * (1 - common) * (1 / units + 1 / usualUnits));
  return side * (rate - usualRate) >= leastSigmas * sigma;
}

function strataOf({ arms }: Grid, own: ArmRates, reference: ArmRates, first: number, last: number): RateStratum[] {
  const [a, b] = [arms[own.arm], arms[reference.arm]];
  return Array.from({ length: last - first }, (_, i) => ({
    units: a?.units[first + i] ?? 0,
    conversions: a?.conversions[first + i] ?? 0,
    referenceUnits: b?.units[first + i] ?? 0,
    referenceConversions: b?.conversions[first + i] ?? 0,
  }));
}

/** ln of the greater of the two p-values; 0 when one of the tests has nothing to go by. */
function logPValueOf({ own, earlier, later }: Suspect, side: Side): number {
  const byFactor = ratioShift(earlier, later, side, { tolerance, scale });
  if (!byFactor) return 0;
  const points = scale * Math.max(own.usualRate, 1 / (own.usualUnits + 1));
  const byPoints = differenceShift(earlier, later, side, points);
  return byPoints ? Math.max(byFactor.logPValue, byPoints.logPValue) : 0;
}
