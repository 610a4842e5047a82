import { type Continuation, continuationAfter, logCrossing, logDensity } from './continuation.js';
import { normalQuantile, normalQuantileOfLog, normalTails } from './normal.js';
import { logSpentPerSide, requireSequentialPlan, type SequentialPlan } from './spending.js';
import { requireLevel, requireValid } from './statistics-error.js';

/** Below it a boundary would spend all there is. */
const lowestBoundary = 40;

export interface SequentialLook {
  /** Null hypothesis rejected at |z| (two sides) or z (one) from it. */
  readonly zBoundary: number;
  /** Of both sides together. */
  readonly cumulativeAlphaSpent: number;
  /** p-value of a fixed test at the boundary. */
  readonly nominalPValue: number;
  /** Paths that no look before has stopped; null at the first. */
  readonly before: Continuation | null;
}

/**
 * Boundaries of a group-sequential test that spends its error by a function of information: valid for looks at any information, planned or not.
 * The score process is followed from look to look by quadrature (Armitage, McPherson and Rowe), each boundary is the point at which the
 * probability of a first crossing is what the function newly gives. Good to 1e-10 relative; 5 looks cost 1 ms.
 *
 * Information beyond the plan: divide all fractions by the largest (only ratios count) and spend by planned fractions.
 *
 * @throws StatisticsError INVALID_DATA
 * @see Lan and DeMets (1983); Jennison and Turnbull (2000); Armitage, McPherson and Rowe (1969)
 * @example sequentialBoundaries({ spending: 'OBRIEN_FLEMING', alpha: 0.05, sides: 2, information: [0.5, 1] }); // z: 2.9626, 1.9686
 */
export function sequentialBoundaries(plan: SequentialPlan): readonly SequentialLook[] {
  return [...eachLook(plan)];
}

/** The same one look at a time, so that who has seen enough need not pay for the rest. @throws StatisticsError INVALID_DATA */
export function* eachLook(plan: SequentialPlan): Generator<SequentialLook> {
  requireLevel('alpha', plan.alpha);
  requireSequentialPlan(plan);
  const { sides, information } = plan;
  const fractions = plan.spendingFractions ?? information;
  let before: Continuation | null = null;
  let logSpentBefore = -Infinity;
  let guess = Infinity;
  for (let look = 0; look < information.length; look++) {
    const now = information[look] as number;
    const logSpent = logSpentPerSide(plan.spending, plan.alpha, sides, fractions[look] as number);
    requireValid(logSpent > logSpentBefore, 'two looks are too close to one another to share error between them');
    const logShare = logSpent + Math.log1p(-Math.exp(logSpentBefore - logSpent));
    const zBoundary = boundaryFor(before, now, logShare, guess);
    yield {
      zBoundary,
      cumulativeAlphaSpent: sides * Math.exp(logSpent),
      nominalPValue: Math.min(1, sides * normalTails(zBoundary).upper),
      before,
    };
    const next = information[look + 1];
    if (next === undefined) return;
    before = continuationAfter(before, now, zBoundary * Math.sqrt(now), sides, next);
    logSpentBefore = logSpent;
    guess = zBoundary;
  }
}

/**
 * The z at which the probability of a first crossing is the share. Newton on its logarithm, which is concave, from a point beyond the root:
 * without earlier looks the root would be the quantile of the share, with them it lies lower. Where the density has underflowed, bisection.
 */
function boundaryFor(before: Continuation | null, information: number, logShare: number, guess: number): number {
  const highest = logShare <= -Math.LN2 ? normalQuantileOfLog(logShare) : normalQuantile(-Math.expm1(logShare), 'lower');
  if (!before) return highest;
  const scale = Math.sqrt(information);
  let low = -lowestBoundary;
  let high = highest;
  let z = Math.min(highest, guess);
  for (let step = 0; step < 200; step++) {
    const reached = logCrossing(before, information, z * scale);
    if (reached > logShare) low = z;
    else high = z;
    const hazard = scale * Math.exp(logDensity(before, information, z * scale) - reached);
    let next = z + (reached - logShare) / hazard;
    if (!(next >= low && next <= high)) next = low + (high - low) / 2;
    if (Math.abs(next - z) <= 1e-13 * Math.max(1, Math.abs(z))) return next;
    z = next;
  }
  return z;
}
