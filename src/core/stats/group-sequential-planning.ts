import { bracketedRoot } from './bracketed-root.js';
import { logCrossing } from './continuation.js';
import { eachGroupLook, groupLooks, powerOfLooks } from './group-sequential.js';
import { normalLogUpper, normalQuantile } from './normal.js';
import { alphaOfSpent, type GroupSequentialPlan, logSpentPerSide, requireGroupPlan } from './spending.js';
import { requireFinite, requireLevel, requireValid } from './statistics-error.js';

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
export function groupSequentialPValue(z: readonly number[], plan: Omit<GroupSequentialPlan, 'alpha'>): number {
  requireGroupPlan(plan);
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

function leastAlpha({ spending, sides }: Omit<GroupSequentialPlan, 'alpha'>, statistic: number, fraction: number): number {
  return alphaOfSpent(spending, normalLogUpper(statistic), sides, fraction);
}

/** The alpha at which this look's boundary is the statistic; 1 when it would have to be above `most`. */
function alphaOfLook(plan: Omit<GroupSequentialPlan, 'alpha'>, look: number, statistic: number, least: number, most: number): number {
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
function excessAt(plan: Omit<GroupSequentialPlan, 'alpha'>, alpha: number, look: number, statistic: number): number {
  const { spending, sides, information } = plan;
  const fractions = plan.spendingFractions ?? information;
  const own = logSpentPerSide(spending, alpha, sides, fractions[look] as number);
  const before = logSpentPerSide(spending, alpha, sides, fractions[look - 1] as number);
  const logShare = own + Math.log1p(-Math.exp(before - own));
  const now = information[look] as number;
  let at = 0;
  for (const { before: continuation } of eachGroupLook({ ...plan, alpha })) {
    if (at === look) return logCrossing(continuation, now, statistic * Math.sqrt(now)) - logShare;
    at++;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * The drift that the upper boundary finds with a power, and the units that the looks cost: the factor on the sample size of a fixed test.
 *
 * @param power  in (0, 1)
 * @throws StatisticsError INVALID_DATA, also where a fixed test needs no drift at all for the power
 * @example groupSequentialInflation({ spending: 'POCOCK', alpha: 0.05, sides: 2, information: [0.2, 0.4, 0.6, 0.8, 1] }, 0.8).inflation; // 1.2126
 */
export function groupSequentialInflation(plan: GroupSequentialPlan, power: number) {
  requireLevel('power', power);
  const looks = groupLooks(plan);
  const excess = (drift: number) => powerOfLooks(plan, looks, drift).powerUpper - power;
  const fixed = normalQuantile(plan.alpha / plan.sides, 'upper') + normalQuantile(power, 'lower');
  let low = fixed - 1;
  let high = fixed + 1;
  for (let stride = 1; excess(low) > 0; stride *= 2) low -= stride;
  for (let stride = 1; excess(high) < 0; stride *= 2) high += stride;
  const drift = bracketedRoot(excess, low, high, 1e-13 * Math.max(1, Math.abs(high)));
  const inflation = (drift / fixed) ** 2;
  requireFinite({ inflation });
  return { drift, inflation };
}
