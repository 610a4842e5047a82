import { risingRoot } from './newton.js';
import { mixedShift, type RateStratum, requireStratum, type Shift, type Side } from './shift.js';

/** What strata add to the ratio of two rates; members of several strata are added. */
export interface RatioTerms {
  readonly own: number;
  readonly other: number;
  readonly variance: number;
}

/** A stratum's part in the estimate of Mantel and Haenszel and its variance. @throws StatisticsError INVALID_DATA @see Greenland and Robins (1985) */
export function ratioTerms(stratum: RateStratum): RatioTerms {
  requireStratum(stratum);
  const { units, conversions, referenceUnits, referenceConversions } = stratum;
  if (units === 0 || referenceUnits === 0) return { own: 0, other: 0, variance: 0 };
  const all = units + referenceUnits;
  const own = conversions * (referenceUnits / all);
  const other = referenceConversions * (units / all);
  const rates = (conversions + referenceConversions) * (units / all) * (referenceUnits / all);
  return { own, other, variance: rates - (conversions * referenceConversions) / all };
}

/**
 * The change of ln(ratio) and a quick look at how far it is past the tolerance, in standard errors: rough with few conversions.
 *
 * @returns null when one of the ratios is 0 or infinite
 */
export function roughRatioShift(
  earlier: RatioTerms,
  later: RatioTerms,
  side: Side,
  tolerance: number,
): { readonly change: number; readonly z: number } | null {
  if (!(earlier.own > 0 && earlier.other > 0 && later.own > 0 && later.other > 0)) return null;
  const change = Math.log(later.own / later.other) - Math.log(earlier.own / earlier.other);
  const variance = earlier.variance / (earlier.own * earlier.other) + later.variance / (later.own * later.other);
  return variance > 0 ? { change, z: (side * change - tolerance) / Math.sqrt(variance) } : null;
}

/**
 * Whether the ratio of two rates is another in the later strata than it was in the earlier ones. A base rate that multiplies both, from stratum to
 * stratum and by whatever factor, does not show: of a stratum's conversions each is the arm's with a chance that hangs on the units and the ratio
 * alone, logit ln(units / referenceUnits) + ln(ratio). Exact for rare conversions; where they are frequent the test is conservative.
 *
 * The statistic is the signed root of twice the log likelihood ratio, whose tails are near the normal's with a handful of conversions already, and
 * the p-value that of a normal mixture over changes, so that nothing is gained by looking often.
 *
 * @param tolerance  change of ln(ratio), from 0, up to which the ratio counts as the same
 * @param scale      change of ln(ratio) for which the test is tuned, above 0
 * @returns null when the strata say nothing: no conversions, or never both arms at a time
 * @throws StatisticsError INVALID_DATA
 * @see Barndorff-Nielsen (1986) for the signed root
 */
export function ratioShift(
  earlier: readonly RateStratum[],
  later: readonly RateStratum[],
  side: Side,
  { tolerance, scale }: { readonly tolerance: number; readonly scale: number },
): Shift | null {
  const before = binomialsOf(earlier, 0);
  const after = binomialsOf(later, side * tolerance);
  const all = [...before, ...after];
  const common = bestLevel(all);
  if (common === null) return null;
  const [earlierSlopes, laterSlopes] = [slopesAt(before, common), slopesAt(after, common)];
  if (!(earlierSlopes.information > 0 && laterSlopes.information > 0)) return null;
  const likelihoodRatio = bestLogLikelihood(before) + bestLogLikelihood(after) - logLikelihood(all, common);
  const z = (side * laterSlopes.score > 0 ? 1 : -1) * Math.sqrt(2 * Math.max(0, likelihoodRatio));
  return mixedShift(z, Math.sqrt(1 / earlierSlopes.information + 1 / laterSlopes.information), scale);
}

/** Conversions of a stratum and how many of them are the arm's, with the logit of that chance at a ratio of 1. */
interface Binomial {
  readonly own: number;
  readonly other: number;
  readonly offset: number;
}

function binomialsOf(strata: readonly RateStratum[], tolerated: number): Binomial[] {
  return strata.flatMap((stratum) => {
    requireStratum(stratum);
    const { units, conversions: own, referenceUnits, referenceConversions: other } = stratum;
    if (units === 0 || referenceUnits === 0 || own + other === 0) return [];
    return [{ own, other, offset: Math.log(units / referenceUnits) + tolerated }];
  });
}

/** The ln(ratio) of greatest likelihood; null when it is infinite, as all conversions are of one arm. */
function bestLevel(strata: readonly Binomial[]): number | null {
  const own = strata.reduce((sum, stratum) => sum + stratum.own, 0);
  const other = strata.reduce((sum, stratum) => sum + stratum.other, 0);
  if (own === 0 || other === 0) return null;
  return risingRoot((level) => {
    const { score, information } = slopesAt(strata, level);
    return { value: -score, slope: information };
  }, 0);
}

function slopesAt(strata: readonly Binomial[], level: number): { readonly score: number; readonly information: number } {
  let score = 0;
  let information = 0;
  for (const { own, other, offset } of strata) {
    const chance = 1 / (1 + Math.exp(-offset - level));
    score += own - (own + other) * chance;
    information += (own + other) * chance * (1 - chance);
  }
  return { score, information };
}

function logLikelihood(strata: readonly Binomial[], level: number): number {
  return strata.reduce((sum, { own, other, offset }) => {
    const logit = offset + level;
    return sum - own * Math.log1p(Math.exp(-logit)) - other * Math.log1p(Math.exp(logit));
  }, 0);
}

/** At the best ratio; 0 when that is 0 or infinite, for all is then as it had to be. */
function bestLogLikelihood(strata: readonly Binomial[]): number {
  const level = bestLevel(strata);
  return level === null ? 0 : logLikelihood(strata, level);
}
