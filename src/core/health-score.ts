import { type Cohort, hourMs, type Rate } from './health-cohorts.js';

/** How far a conversion rate stands from its own history. */
export interface RateScore {
  readonly variant: string;
  /** In standard errors of the difference; positive where the rate rose. */
  readonly z: number;
}

const presentHours = 24;
const historyHours = 168;
const leastUnits = 1_000;
const leastConversions = 30;

/**
 * The rate of the last day of first exposure against that of the week before, and of the later half against the earlier where there are not
 * two days yet, for each variant, as people look at it: two proportions with a pooled variance. It is read anew at every tick and compares a
 * variant with nothing but itself, so it goes far for an evening or a holiday; what halts a bandit is `checkConversions`.
 *
 * @param cohorts matured ones, in any order; no two of one variant and hour
 * @param variants keys of the enabled ones
 * @returns those with 1,000 units and 30 conversions in both together and units in either; impossible counts have no score
 */
export function rateScores(cohorts: readonly Cohort[], variants: readonly string[]): RateScore[] {
  const counted = cohorts.filter(({ variant }) => variants.includes(variant));
  const first = counted.reduce((least, { hour }) => Math.min(least, hour), Number.POSITIVE_INFINITY);
  const end = counted.reduce((most, { hour }) => Math.max(most, hour + hourMs), 0);
  const split = end - Math.min(presentHours, Math.floor((end - first) / hourMs / 2)) * hourMs;
  const rate = (key: string, from: number, to: number) =>
    sumOf(counted.filter(({ variant, hour }) => variant === key && hour >= from && hour < to));
  return variants.flatMap((variant) => {
    const z = scoreOf(rate(variant, split - historyHours * hourMs, split), rate(variant, split, end));
    return z === null ? [] : [{ variant, z }];
  });
}

function sumOf(cohorts: readonly Cohort[]): Rate {
  return cohorts.reduce<Rate>((sum, { units, conversions }) => ({ units: sum.units + units, conversions: sum.conversions + conversions }), {
    units: 0,
    conversions: 0,
  });
}

function scoreOf(usual: Rate, present: Rate): number | null {
  const units = usual.units + present.units;
  const conversions = usual.conversions + present.conversions;
  if (usual.units === 0 || present.units === 0 || units < leastUnits || conversions < leastConversions || conversions > units) return null;
  const common = conversions / units;
  const error = Math.sqrt(common * (1 - common) * (1 / usual.units + 1 / present.units));
  return error === 0 ? 0 : (present.conversions / present.units - usual.conversions / usual.units) / error;
}
