import { bracketedRoot } from './bracketed-root.js';
import { logCrossing } from './continuation.js';
import { eachLook } from './group-sequential.js';
import { normalLogUpper } from './normal.js';
import { alphaOfSpent, logSpentPerSide, requireSequentialPlan, type SequentialPlan } from './spending.js';
import { requireFinite, requireValid } from './statistics-error.js';

/** From it on no alpha is tried: what crosses there only has a p-value of 1. */
const largestAlpha = 1 - 1e-7;

/** Below it an alpha is no proper double, and "less" is all that can be said. */
const smallestAlpha = 1e-300;

/**
 * p-value of a group-sequential test: the smallest alpha at which some look so far crosses its boundary. It only falls from look to look,
 * may be read at every look, and goes into Holm's procedure like any other.
 *
 * @param z  of each look so far, in the order of `plan.information`; two sides take its size, one takes large values
 * @returns in [0, 1]; below 1e-300 only a lower bound, possibly 0
 * @throws StatisticsError INVALID_DATA
 * @see Liu and Anderson (2008); gsDesign sequentialPValue
 */
export function sequentialPValue(plan: Omit<SequentialPlan, 'alpha'>, z: readonly number[]): number {
  requireSequentialPlan(plan);
  requireValid(z.length === plan.information.length, `needs a statistic a look, received ${z.length} for ${plan.information.length}`);
  for (const statistic of z) requireFinite({ z: statistic });
  const reached = z.map((statistic) => (plan.sides === 2 ? Math.abs(statistic) : statistic));
  const fractions = plan.spendingFractions ?? plan.information;
  // A look alone would cross at no less than the alpha that spends its nominal p-value by then. The most promising look comes first.
  const looks = reached
    .map((statistic, look) => ({ look, least: leastAlpha(plan, statistic, fractions[look] as number) }))
    .toSorted((one, other) => one.least - other.least);
  let smallest = 1;
  for (const { look, least } of looks) {
    if (least >= smallest) break;
    if (least < smallestAlpha) return least;
    smallest = Math.min(smallest, alphaOfLook(plan, look, reached[look] as number, least, smallest));
  }
  return smallest;
}

function leastAlpha({ spending, sides }: Omit<SequentialPlan, 'alpha'>, statistic: number, fraction: number): number {
  return alphaOfSpent(spending, normalLogUpper(statistic), sides, fraction);
}

/** The alpha at which this look's boundary is the statistic; 1 when it would have to be above `most`. */
function alphaOfLook(plan: Omit<SequentialPlan, 'alpha'>, look: number, statistic: number, least: number, most: number): number {
  if (look === 0) return least;
  const excess = (logAlpha: number) => excessAt(plan, Math.exp(logAlpha), look, statistic);
  const end = Math.log(Math.min(most, largestAlpha));
  let low = Math.log(least);
  if (low >= end) return 1;
  let high = low;
  while (high < end) {
    high = Math.min(end, high + Math.LN2);
    if (excess(high) < 0) return Math.exp(bracketedRoot(excess, low, high, 1e-11));
    low = high;
  }
  return 1;
}

/** ln P(first crossing at the look, of the statistic) less ln of what the look may spend: below 0 when the statistic crosses. */
function excessAt(plan: Omit<SequentialPlan, 'alpha'>, alpha: number, look: number, statistic: number): number {
  const { spending, sides, information } = plan;
  const fractions = plan.spendingFractions ?? information;
  const own = logSpentPerSide(spending, alpha, sides, fractions[look] as number);
  const before = logSpentPerSide(spending, alpha, sides, fractions[look - 1] as number);
  const logShare = own + Math.log1p(-Math.exp(before - own));
  const now = information[look] as number;
  let at = 0;
  for (const { before: continuation } of eachLook({ ...plan, alpha })) {
    if (at === look) return logCrossing(continuation, now, statistic * Math.sqrt(now)) - logShare;
    at++;
  }
  return Number.POSITIVE_INFINITY;
}
