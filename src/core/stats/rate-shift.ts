import { oneSidedConfidenceSequence } from './confidence-sequence.js';
import { risingRoot } from './newton.js';
import { requireCount, requireValid } from './statistics-error.js';

/** Two arms over units that were exposed at the same time. */
export interface RateStratum {
  readonly units: number;
  readonly conversions: number;
  readonly referenceUnits: number;
  readonly referenceConversions: number;
}

/** 1: has it risen, -1: has it fallen. */
export type Side = 1 | -1;

/** How far an arm's rate has moved against its reference's; the null hypothesis is that it has not, or to the other side. */
export interface Shift {
  /** Standard errors. */
  readonly z: number;
  /** ln of a p-value that may be read as often as one likes while the later strata fill; the earlier ones are fixed. */
  readonly logPValue: number;
}

/**
 * Whether the ratio of two rates is another in the later strata than it was in the earlier ones. A base rate that multiplies both, from stratum to
 * stratum and by whatever factor, does not show: of a stratum's conversions each is the arm's with a chance that hangs on the units and the ratio
 * alone, logit ln(units / referenceUnits) + ln(ratio). Exact for rare conversions; where they are frequent the test is conservative.
 *
 * The statistic is the signed root of twice the log likelihood ratio (its tails are near the normal's with a handful of conversions already), and
 * the p-value that of a normal mixture over changes, so that nothing is gained by looking often.
 *
 * @param tolerance  change of ln(ratio), from 0, up to which the ratio counts as the same
 * @param scale      change of ln(ratio) for which the test is tuned, above 0
 * @returns null when the strata say nothing: no conversions, or never both arms at a time
 * @throws StatisticsError INVALID_DATA
 * @see Robbins (1970); Howard et al. (2021); Barndorff-Nielsen (1986) for the signed root
 */
export function ratioShift(
  earlier: readonly RateStratum[],
  later: readonly RateStratum[],
  side: Side,
  { tolerance, scale }: { readonly tolerance: number; readonly scale: number },
): Shift | null {
  const before = binomialsOf(earlier, 0);
  const after = binomialsOf(later, side * tolerance);
  const common = fit([...before, ...after]);
  if (common === null) return null;
  const [informationBefore, informationAfter] = [slopesAt(before, common).information, slopesAt(after, common).information];
  if (!(informationBefore > 0 && informationAfter > 0)) return null;
  const likelihoodRatio = bestLogLikelihood(before) + bestLogLikelihood(after) - logLikelihood([...before, ...after], common);
  const direction = side * slopesAt(after, common).score > 0 ? 1 : -1;
  const z = direction * Math.sqrt(2 * Math.max(0, likelihoodRatio));
  return mixture(z, Math.sqrt(1 / informationBefore + 1 / informationAfter), scale);
}

/**
 * The same for the difference of two rates: a base rate that moves both by as many points does not show.
 * Differences inside the strata are combined with weights as Mantel and Haenszel's.
 *
 * @param scale  change of the difference for which the test is tuned, above 0
 * @returns null when nothing varies, or never both arms at a time
 * @throws StatisticsError INVALID_DATA
 */
export function differenceShift(earlier: readonly RateStratum[], later: readonly RateStratum[], side: Side, scale: number): Shift | null {
  const before = differenceOf(earlier);
  const after = differenceOf(later);
  const standardError = Math.sqrt((before?.variance ?? 0) + (after?.variance ?? 0));
  if (!before || !after || !(standardError > 0)) return null;
  return mixture((side * (after.mean - before.mean)) / standardError, standardError, scale);
}

/** The one-sided normal mixture at m = (scale / standardError)^2. */
function mixture(z: number, standardError: number, scale: number): Shift {
  requireValid(scale > 0 && Number.isFinite(scale), `the scale must be above 0, received ${scale}`);
  const reading = { estimate: z * standardError, standardError, n: 1 / standardError ** 2 };
  return { z, logPValue: oneSidedConfidenceSequence(reading, 0.5, scale).logPValue };
}

/** Conversions of a stratum and how many of them are the arm's, with the logit of that chance at a ratio of 1. */
interface Binomial {
  readonly own: number;
  readonly others: number;
  readonly offset: number;
}

function binomialsOf(strata: readonly RateStratum[], tolerated: number): Binomial[] {
  return strata.flatMap(({ units, conversions: own, referenceUnits, referenceConversions: others }) => {
    for (const [name, count] of Object.entries({ units, own, referenceUnits, others })) requireCount(name, count);
    if (units === 0 || referenceUnits === 0 || own + others === 0) return [];
    return [{ own, others, offset: Math.log(units / referenceUnits) + tolerated }];
  });
}

/** The ln(ratio) of greatest likelihood; null when it is infinite, as all conversions are of one arm. */
function fit(strata: readonly Binomial[]): number | null {
  const own = strata.reduce((sum, stratum) => sum + stratum.own, 0);
  const others = strata.reduce((sum, stratum) => sum + stratum.others, 0);
  if (own === 0 || others === 0) return null;
  return risingRoot((level) => {
    const { score, information } = slopesAt(strata, level);
    return { value: -score, slope: information };
  }, 0);
}

function slopesAt(strata: readonly Binomial[], level: number): { readonly score: number; readonly information: number } {
  let score = 0;
  let information = 0;
  for (const { own, others, offset } of strata) {
    const chance = 1 / (1 + Math.exp(-offset - level));
    score += own - (own + others) * chance;
    information += (own + others) * chance * (1 - chance);
  }
  return { score, information };
}

function logLikelihood(strata: readonly Binomial[], level: number): number {
  return strata.reduce((sum, { own, others, offset }) => {
    const logit = offset + level;
    return sum - own * Math.log1p(Math.exp(-logit)) - others * Math.log1p(Math.exp(logit));
  }, 0);
}

function bestLogLikelihood(strata: readonly Binomial[]): number {
  const level = fit(strata);
  return level === null ? 0 : logLikelihood(strata, level);
}

function differenceOf(strata: readonly RateStratum[]): { readonly mean: number; readonly variance: number } | null {
  let weights = 0;
  let sum = 0;
  let variance = 0;
  for (const { units, conversions, referenceUnits, referenceConversions } of strata) {
    // One unit alone does not say how much it varies.
    if (units < 2 || referenceUnits < 2) continue;
    const weight = (units * referenceUnits) / (units + referenceUnits);
    const own = conversions / units;
    const other = referenceConversions / referenceUnits;
    weights += weight;
    sum += weight * (own - other);
    variance += weight ** 2 * ((own * (1 - own)) / (units - 1) + (other * (1 - other)) / (referenceUnits - 1));
  }
  return weights > 0 ? { mean: sum / weights, variance: variance / weights ** 2 } : null;
}
