import { normalDensity, normalQuantile, normalTails } from './normal.js';
import { forEachNode } from './quadrature.js';
import { alphaSpentAt, type SpendingName } from './spending.js';
import { requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** Planned looks. Two sides: symmetric, both boundaries stop. */
export interface GroupSequentialPlan {
  readonly spending: SpendingName;
  readonly alpha: number;
  readonly sides: 1 | 2;
  /** Actual information at each look as a share of the planned, rising: the correlation of looks. */
  readonly information: readonly number[];
  /** Planned fractions at which alpha is spent, when they differ from the information. */
  readonly spendingFractions?: readonly number[];
}

/** Beyond it in z nothing is left to integrate, and a look that may spend nothing stops nobody. */
const farAway = 38;

/**
 * Boundaries of a Lan-DeMets design, by recursion of the density of the score on Gauss-Legendre panels and Newton on the log of what a look may spend.
 *
 * @throws StatisticsError INVALID_DATA for fractions that do not rise in (0, 1]
 * @see Lan and DeMets (1983); Jennison and Turnbull (2000), chapter 19
 */
export function groupSequentialBoundaries(plan: GroupSequentialPlan) {
  requirePlan(plan);
  const { spending, alpha, sides, information } = plan;
  const spent = (plan.spendingFractions ?? information).map((fraction) => alphaSpentAt(spending, alpha, sides, fraction));
  const boundaries: number[] = [];
  let state = start();
  information.forEach((fraction, look) => {
    const mayCross = Math.max(0, (spent[look] ?? 0) - (spent[look - 1] ?? 0)) / sides;
    const step = stepTo(state, fraction, 0);
    const boundary = boundaryFor(step, mayCross);
    boundaries.push(boundary);
    state = continued(step, sides === 2 ? -boundary : -farAway, boundary, information[look + 1]);
  });
  return {
    boundaries,
    cumulativeAlphaSpent: spent,
    nominalPValues: boundaries.map((boundary) => Math.min(1, sides * normalTails(boundary).upper)),
  };
}

/**
 * What a design finds.
 *
 * @param drift  expected z at full information
 * @returns probabilities of stopping above at each look, in all above and on either side, and the expected information at the stop
 */
export function groupSequentialPower(plan: GroupSequentialPlan, drift: number) {
  requireValid(Number.isFinite(drift), `a drift must be finite, received ${drift}`);
  const { boundaries } = groupSequentialBoundaries(plan);
  const { sides, information } = plan;
  const above: number[] = [];
  let below = 0;
  let expected = 0;
  let state = start();
  information.forEach((fraction, look) => {
    const boundary = boundaries[look] ?? farAway;
    const step = stepTo(state, fraction, drift);
    const up = crossing(step, boundary);
    const down = sides === 2 ? crossingBelow(step, -boundary) : 0;
    above.push(up);
    below += down;
    expected += fraction * (up + down);
    state = continued(step, sides === 2 ? -boundary : -farAway, boundary, information[look + 1]);
  });
  const powerUpper = above.reduce((sum, value) => sum + value, 0);
  const last = information.at(-1) ?? 1;
  const powerTwoSided = powerUpper + below;
  return { stopProbabilityUpper: above, powerUpper, powerTwoSided, expectedInformation: expected + last * Math.max(0, 1 - powerTwoSided) };
}

/** Points of the score with the mass that each stands for, among runs that go on, and the information so far. */
interface State {
  readonly points: readonly number[];
  readonly masses: readonly number[];
  readonly information: number;
}

/** A state about to move by a normal step. */
interface Step {
  readonly from: State;
  readonly information: number;
  readonly shift: number;
  readonly deviation: number;
}

function start(): State {
  return { points: [0], masses: [1], information: 0 };
}

function stepTo(from: State, information: number, drift: number): Step {
  const gained = information - from.information;
  return { from, information, shift: drift * gained, deviation: Math.sqrt(gained) };
}

/** P(still running, and the score above z sqrt(information)). */
function crossing({ from, information, shift, deviation }: Step, z: number): number {
  const score = z * Math.sqrt(information);
  return from.points.reduce((sum, point, i) => sum + (from.masses[i] ?? 0) * normalTails((score - point - shift) / deviation).upper, 0);
}

function crossingBelow({ from, information, shift, deviation }: Step, z: number): number {
  const score = z * Math.sqrt(information);
  return from.points.reduce((sum, point, i) => sum + (from.masses[i] ?? 0) * normalTails((score - point - shift) / deviation).lower, 0);
}

function densityAt({ from, shift, deviation }: Step, score: number): number {
  return (
    from.points.reduce((sum, point, i) => sum + (from.masses[i] ?? 0) * normalDensity((score - point - shift) / deviation), 0) / deviation
  );
}

/** The z above which a run under the null crosses with the given probability. */
function boundaryFor(step: Step, probability: number): number {
  if (!(probability > 0)) return farAway;
  if (step.from.information === 0) return normalQuantile(probability, 'upper');
  const target = Math.log(probability);
  const scale = Math.sqrt(step.information);
  let low = -farAway;
  let high = farAway;
  let z = normalQuantile(probability, 'upper');
  for (let round = 0; round < 200; round++) {
    const mass = crossing(step, z);
    const gap = Math.log(mass) - target;
    if (gap > 0) low = z;
    else high = z;
    const next = z + (gap * mass) / (densityAt(step, z * scale) * scale);
    const kept = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(kept - z) < 1e-12) return kept;
    z = kept;
  }
  throw new StatisticsError('INVALID_DATA', 'no boundary spends that much');
}

/** The runs that go on: their density on panels no wider than the smaller of the steps before and after. */
function continued(step: Step, lowerZ: number, upperZ: number, nextInformation: number | undefined): State {
  const scale = Math.sqrt(step.information);
  const following = nextInformation === undefined ? step.deviation : Math.sqrt(nextInformation - step.information);
  const width = Math.min(step.deviation, following);
  // Nothing lies beyond 9 deviations of where runs can be.
  const centres = step.from.points.map((point) => point + step.shift);
  const low = Math.max(lowerZ * scale, Math.min(...centres) - 9 * step.deviation);
  const high = Math.min(upperZ * scale, Math.max(...centres) + 9 * step.deviation);
  if (!(high > low)) return { points: [], masses: [], information: step.information };
  const panels = Math.max(1, Math.ceil((high - low) / width));
  const edges = Array.from({ length: panels + 1 }, (_, k) => low + ((high - low) * k) / panels);
  const points: number[] = [];
  const masses: number[] = [];
  forEachNode(edges, (score, weight) => {
    points.push(score);
    masses.push(weight * densityAt(step, score));
  });
  return { points, masses, information: step.information };
}

function requirePlan({ alpha, information, spendingFractions }: GroupSequentialPlan): void {
  requireLevel('alpha', alpha);
  for (const fractions of [information, spendingFractions ?? information]) {
    requireValid(fractions.length === information.length && fractions.length > 0, 'needs a fraction for each look');
    fractions.forEach((fraction, look) => {
      const isRising = fraction > (look === 0 ? 0 : (fractions[look - 1] ?? 0));
      requireValid(isRising && fraction <= 1, `fractions must rise in (0, 1], received ${fractions.join(', ')}`);
    });
  }
}
