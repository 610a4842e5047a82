import { type GroupSequentialPlan, groupSequentialBoundaries, groupSequentialPower } from './group-sequential.js';
import { normalQuantile } from './normal.js';
import { requireLevel, requireValid } from './statistics-error.js';

/**
 * The smallest alpha at which some look so far would have crossed its boundary: a p-value that pays for its looks.
 *
 * @param zStatistics  one a look, in the order of the information
 * @throws StatisticsError INVALID_DATA
 * @see Liu and Anderson (2008)
 */
export function groupSequentialPValue(zStatistics: readonly number[], plan: Omit<GroupSequentialPlan, 'alpha'>): number {
  requireValid(zStatistics.length === plan.information.length, 'needs one z a look');
  for (const z of zStatistics) requireValid(Number.isFinite(z), `a z must be finite, received ${z}`);
  const sizes = plan.sides === 2 ? zStatistics.map(Math.abs) : zStatistics;
  const crosses = (alpha: number) => {
    const { boundaries } = groupSequentialBoundaries({ ...plan, alpha });
    return boundaries.some((boundary, look) => (sizes[look] ?? 0) >= boundary);
  };
  // Bisection on the log of alpha: whether some look has crossed only ever turns from no to yes.
  let low = Math.log(1e-300);
  let high = Math.log(0.999999);
  if (!crosses(Math.exp(high))) return 1;
  if (crosses(Math.exp(low))) return Math.exp(low);
  while (high - low > 1e-8) {
    const middle = (low + high) / 2;
    if (crosses(Math.exp(middle))) high = middle;
    else low = middle;
  }
  return Math.exp(high);
}

/** The drift that a design finds with a power, and the units it takes over those of one fixed test. @throws StatisticsError INVALID_DATA */
export function groupSequentialInflation(plan: GroupSequentialPlan, power: number) {
  requireLevel('power', power);
  const fixed = normalQuantile(plan.alpha / plan.sides, 'upper') + normalQuantile(power, 'lower');
  requireValid(fixed > 0, `a power of ${power} is less than alpha gives for nothing`);
  let low = 0;
  let high = fixed;
  while (groupSequentialPower(plan, high).powerUpper < power) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (groupSequentialPower(plan, middle).powerUpper < power) low = middle;
    else high = middle;
  }
  return { drift: high, inflation: (high / fixed) ** 2 };
}
