import type { ArmSums } from './evaluation-types.js';
import { type Cohort, type CohortGrid, createCohortGrid, hourMs, type Rate } from './health-cohorts.js';
import { differenceShift } from './stats/difference-shift.js';
import { ratioShift, roughRatioShift } from './stats/ratio-shift.js';
import type { Side } from './stats/shift.js';
import { StatisticsError } from './stats/statistics-error.js';

/**
 * When a bandit must stop for an arm's conversion rate that cannot be right: tracking that broke or doubled, or bots that found one variant.
 *
 * Cohorts are the units of an hour of first exposure. For each hour of the last two days the cohorts from it on are held against those of the week
 * before it, and an arm is anomalous when all three say so:
 *
 * 1. Its rate left its own history by more than 3 sigma, and by a quarter of it at least.
 * 2. Its ratio to the concurrent arm with the most conversions moved by as much, and by more than a tenth for certain. What moves both by one factor,
 *    as an evening does, is no anomaly; and a novelty that wears off is one for the bandit to follow.
 * 3. Its difference from that arm moved too. What moves both by as many points is no anomaly either.
 *
 * The tests of 2 and 3 may be read at every tick (normal mixtures, see `stats/shift.ts`), and each holds the error by itself against its kind of
 * drift. The error is shared out over sides, arms and hours: the hours of day d have alpha / (d (d + 1)) together, which sums to alpha over any life.
 * So it is promised from the start, or from a resumption, for ever; a fixed test at 3 sigma would halt several times a day.
 *
 * Of two arms that parted, the one that left its own history further is named. A fall is judged on hours that have ended, for conversions may be on
 * their way; a rise at once. Without a window arms are taken to convert as fast as one another, as by the bandit itself: else give the metric one.
 */

export interface AnomalyInput {
  /** Matured ones, in any order, of the last {@link anomalyLookBackHours}; no two of one variant and hour. */
  readonly cohorts: readonly Cohort[];
  /** Keys of the enabled variants. */
  readonly variants: readonly string[];
  readonly startedAt: Date;
  /** When a person last set the halted bandit going again: hours that began before it are no evidence any more. */
  readonly resumedAt: Date | null;
  readonly now: Date;
  /** Chance of a false halt over the whole life. */
  readonly alpha?: number;
}

export interface Anomaly {
  readonly variant: string;
  readonly side: 'ROSE' | 'FELL';
  /** Start of the hour from which on the rate is another. */
  readonly since: Date;
  readonly rate: number;
  readonly usualRate: number;
  /** The concurrent variant that it was compared with. */
  readonly reference: string;
}

/** Chance that a bandit is ever halted with nothing wrong. */
export const haltAlpha = 0.001;

const splitHours = 48;
const historyHours = 168;
/** Hours of first exposure that are looked at, up to the last that has matured. */
export const anomalyLookBackHours = splitHours + historyHours;

const leastUnits = 1_000;
const leastConversions = 30;
const leastSigmas = 3;
/** Change of the logarithm of a rate, and of the ratio of two, that is worth a halt: a quarter more, or a fifth less. */
const leastChange = Math.log(1.25);
/** Change of the ratio up to which the error is promised: small ones that are real, as of a novelty that wears off, are no fault of the data. */
const tolerance = Math.log(1.1);
/** Change for which the tests are tuned: a rate that triples. */
const scale = Math.log(3);
/** No shift that the rough test puts below it is proven by the exact one, which needs 4 at least. */
const roughSigmas = 2;

/** Whether two variants have what a verdict takes, so that it is worth reading the cohorts. @param arms matured units in all periods */
export function isAnomalyVisible(arms: readonly ArmSums[], metric: string): boolean {
  const rates = new Map<string, Rate>();
  for (const { variant, units, metrics } of arms) {
    const known = rates.get(variant) ?? { units: 0, conversions: 0 };
    rates.set(variant, { units: known.units + units, conversions: known.conversions + (metrics[metric]?.units ?? 0) });
  }
  return [...rates.values()].filter(({ units, conversions }) => units >= leastUnits && conversions >= leastConversions).length >= 2;
}

/** Why the bandit must stop, and for which variant where that is known; null: nothing is proven to be wrong. */
export function checkConversions(input: AnomalyInput): { readonly variant: string | null; readonly reason: string } | null {
  try {
    const anomaly = findAnomaly(input);
    return anomaly && { variant: anomaly.variant, reason: anomalyWords(anomaly) };
  } catch (error) {
    if (error instanceof StatisticsError) return { variant: null, reason: error.message };
    throw error;
  }
}

/** The anomaly with the strongest evidence; null: none is proven, or too little is known. @throws StatisticsError INVALID_DATA for impossible counts */
export function findAnomaly(input: AnomalyInput): Anomaly | null {
  const { variants, resumedAt, now, alpha = haltAlpha } = input;
  const grid = createCohortGrid(
    input.cohorts.filter(({ hour }) => resumedAt === null || hour >= resumedAt.getTime()),
    variants,
  );
  if (!grid) return null;
  const began = resumedAt ? grid.start : Math.min(grid.start, Math.floor(input.startedAt.getTime() / hourMs) * hourMs);
  let strongest: { readonly anomaly: Anomaly; readonly evidence: number } | null = null;
  for (const arm of variants.keys()) {
    for (const side of [1, -1] as const) {
      const end = side === 1 ? grid.hours : Math.min(grid.hours, Math.floor((now.getTime() - grid.start) / hourMs));
      for (let split = Math.max(1, end - splitHours); split < end; split++) {
        const suspect = suspicionOf(grid, variants.length, arm, side, { from: Math.max(0, split - historyHours), split, end });
        if (!suspect) continue;
        const since = grid.start + split * hourMs;
        const day = Math.floor((since - began) / (24 * hourMs)) + 1;
        const logLevel = Math.log(alpha / (day * (day + 1)) / 24 / (2 * variants.length));
        const evidence = evidenceOf(grid, suspect, logLevel);
        if (evidence === null || (strongest && evidence <= strongest.evidence)) continue;
        const { rate, usualRate } = suspect;
        const [variant = '', reference = ''] = [variants[arm], variants[suspect.reference]];
        const anomaly: Anomaly = { variant, side: side === 1 ? 'ROSE' : 'FELL', since: new Date(since), rate, usualRate, reference };
        strongest = { anomaly, evidence };
      }
    }
  }
  return strongest?.anomaly ?? null;
}

function anomalyWords({ variant, side, since, rate, usualRate, reference }: Anomaly): string {
  const percent = (share: number): string => `${(100 * share).toPrecision(3)}%`;
  const verb = side === 'ROSE' ? 'rose' : 'fell';
  return (
    `The conversion rate of variant "${variant}" ${verb} from ${percent(usualRate)} to ${percent(rate)} for units exposed since ${since.toISOString()}, ` +
    `beyond 3 sigma of its own history and of what variant "${reference}" did meanwhile.`
  );
}

/** Hours `from` to before `split` are the history, those to before `end` what is held against it. */
interface Stretch {
  readonly from: number;
  readonly split: number;
  readonly end: number;
}

/** An arm whose rate has left its own history. */
interface Suspect extends Stretch {
  readonly arm: number;
  readonly reference: number;
  readonly side: Side;
  readonly rate: number;
  readonly usualRate: number;
  readonly usualUnits: number;
}

function suspicionOf(grid: CohortGrid, arms: number, arm: number, side: Side, at: Stretch): Suspect | null {
  const usual = grid.rate(arm, at.from, at.split);
  const present = grid.rate(arm, at.split, at.end);
  if (!isKnown(usual, present) || !hasLeft(usual, present, side)) return null;
  let reference: number | null = null;
  let most = -1;
  for (let other = 0; other < arms; other++) {
    if (other === arm) continue;
    const { units, conversions } = grid.rate(other, at.from, at.split);
    if (conversions <= most || !isKnown({ units, conversions }, grid.rate(other, at.split, at.end))) continue;
    reference = other;
    most = conversions;
  }
  if (reference === null) return null;
  // Of the two, it is the other that is out of order: its own turn comes.
  if (changeOf(grid.rate(reference, at.from, at.split), grid.rate(reference, at.split, at.end)) > changeOf(usual, present)) return null;
  return {
    ...at,
    arm,
    reference,
    side,
    rate: present.conversions / present.units,
    usualRate: usual.conversions / usual.units,
    usualUnits: usual.units,
  };
}

/** Enough units and conversions for a verdict, on either side of the split some: an hour of history. */
function isKnown(usual: Rate, present: Rate): boolean {
  const units = usual.units + present.units;
  const conversions = usual.conversions + present.conversions;
  return usual.units > 0 && present.units > 0 && units >= leastUnits && conversions >= leastConversions;
}

/** Size of the change of the logarithm of a rate; 0 when it was 0 and stayed so. */
function changeOf(usual: Rate, present: Rate): number {
  if (usual.conversions === 0 && present.conversions === 0) return 0;
  return Math.abs(Math.log(present.conversions / present.units) - Math.log(usual.conversions / usual.units));
}

function hasLeft(usual: Rate, present: Rate, side: Side): boolean {
  const [rate, usualRate] = [present.conversions / present.units, usual.conversions / usual.units];
  if (side * (Math.log(rate) - Math.log(usualRate)) < leastChange) return false;
  const common = (present.conversions + usual.conversions) / (present.units + usual.units);
  const sigma = Math.sqrt(common * (1 - common) * (1 / present.units + 1 / usual.units));
  return side * (rate - usualRate) > leastSigmas * sigma;
}

/** By how much both tests pass the level, in logarithms; null when one does not. The cheap ones come first: most suspects are of a drift that all share. */
function evidenceOf(grid: CohortGrid, suspect: Suspect, logLevel: number): number | null {
  const { arm, reference, side, from, split, end, usualRate, usualUnits } = suspect;
  const points = scale * Math.max(usualRate, 1 / (usualUnits + 1));
  const difference = differenceShift(
    grid.difference(arm, reference, from, split),
    grid.difference(arm, reference, split, end),
    side,
    points,
  );
  if (!difference || difference.logPValue > logLevel) return null;
  const rough = roughRatioShift(grid.ratio(arm, reference, from, split), grid.ratio(arm, reference, split, end), side, tolerance);
  if (rough !== null && (side * rough.change < leastChange || rough.z < roughSigmas)) return null;
  const ratio = ratioShift(grid.strata(arm, reference, from, split), grid.strata(arm, reference, split, end), side, { tolerance, scale });
  if (!ratio || ratio.logPValue > logLevel) return null;
  return logLevel - Math.max(ratio.logPValue, difference.logPValue);
}
