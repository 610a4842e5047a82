import { mergePeriods, type PeriodCells, periodsOf, wholeCell } from './analysis-periods.js';
import { bestOfShapes, betaOf, normalsOf } from './arm-posterior.js';
import type { ArmSums } from './evaluation-types.js';
import type { BanditSettings, MetricDefinition } from './experiment.js';
import { projectToBounds, smoothedWeights } from './stats/simplex.js';
import { StatisticsError } from './stats/statistics-error.js';

export interface BanditInput {
  readonly settings: BanditSettings;
  /** The primary metric. */
  readonly metric: Pick<MetricDefinition, 'key' | 'type' | 'direction'>;
  /** Keys of the enabled variants, in the experiment's order; at least one. */
  readonly variants: readonly string[];
  /** Totals of matured units only, by variant and period; cells of other variants are ignored. */
  readonly arms: readonly ArmSums[];
  /** Shares in force of the enabled variants, in their order. */
  readonly previousWeights: readonly number[];
  /** Number of this update: 1 for the first that moves weights. */
  readonly updates: number;
}

export type BanditHold = 'MIN_UNITS' | 'SMALL_MOVE' | 'ZERO_VARIANCE' | 'ONE_VARIANT';

/**
 * `move`: new weights, in the order of `variants`, before rounding to slots. `hold`: weights stay, for a harmless reason.
 * `halt`: the totals are impossible; return to equal weights and raise an alert.
 */
export type BanditStep =
  | { readonly kind: 'move'; readonly weights: readonly number[]; readonly probabilityBest: readonly number[] }
  | { readonly kind: 'hold'; readonly reason: BanditHold; readonly probabilityBest: readonly number[] | null }
  | { readonly kind: 'halt'; readonly reason: string };

type Bounds = Pick<BanditSettings, 'minWeight' | 'maxWeight'>;

/** Share of uniform weights at update 0, from which it fades. */
const initialExploration = 0.1;

/** A tick that would move less than this share of units (50 slots) saves nothing. */
const smallestMove = 0.005;

/** Whether floor and cap can hold for this many enabled variants: count x floor <= 1 <= count x cap. */
export function areBoundsFeasible({ minWeight, maxWeight }: Bounds, count: number): boolean {
  return minWeight <= maxWeight && count * minWeight <= 1 + 1e-12 && count * maxWeight >= 1 - 1e-12;
}

/**
 * Bounds in force with this many enabled variants: those of the settings, widened to 1 / count where they could not be met
 * (a variant that is switched off must not leave the rest without a plan).
 */
export function boundsFor({ minWeight, maxWeight }: Bounds, count: number): { readonly floor: number; readonly cap: number } {
  return { floor: Math.min(minWeight, 1 / count), cap: Math.max(maxWeight, 1 / count) };
}

/**
 * The next weights of a bandit. Thompson sampling by quadrature: each arm's probability of being best, mixed with a fading uniform share
 * e = 0.1 (1 - explorationDecay)^updates, projected into the bounds, smoothed with the previous weights, projected again. No chance: the same
 * totals give the same weights. No clock: burn-in and interval are the caller's.
 *
 * @see Agrawal and Goyal (2012)
 */
export function nextWeights({ settings, metric, variants, arms, previousWeights, updates }: BanditInput): BanditStep {
  const count = variants.length;
  if (count < 2) return { kind: 'hold', reason: 'ONE_VARIANT', probabilityBest: null };
  let probabilityBest: readonly number[] | null;
  try {
    const periods = periodsOf(arms, metric, variants);
    const isTooSmall = variants.some((_, index) => wholeCell(periods, index).units < settings.minUnitsPerArm);
    if (isTooSmall) return { kind: 'hold', reason: 'MIN_UNITS', probabilityBest: null };
    probabilityBest = probabilitiesOfBest(mergePeriods(periods, metric.type), metric, count);
  } catch (error) {
    if (error instanceof StatisticsError) return { kind: 'halt', reason: error.message };
    throw error;
  }
  if (!probabilityBest) return { kind: 'hold', reason: 'ZERO_VARIANCE', probabilityBest: null };
  const { floor, cap } = boundsFor(settings, count);
  const lower = variants.map(() => floor);
  const upper = variants.map(() => cap);
  const exploration = initialExploration * (1 - settings.explorationDecay) ** updates;
  const target = probabilityBest.map((probability) => (1 - exploration) * probability + exploration / count);
  const previous = previousWeights.length === count ? previousWeights : variants.map(() => 1 / count);
  const weights = smoothedWeights(previous, target, 1 - settings.smoothing, lower, upper);
  if (isSmallMove(previous, weights) && isWithin(previous, lower, upper)) return { kind: 'hold', reason: 'SMALL_MOVE', probabilityBest };
  return { kind: 'move', weights, probabilityBest };
}

/** Null when nothing varies in any arm. */
function probabilitiesOfBest(
  periods: readonly PeriodCells[],
  { type, direction }: Pick<MetricDefinition, 'type' | 'direction'>,
  count: number,
): readonly number[] | null {
  const arms = Array.from({ length: count }, (_, index) => index);
  if (type === 'CONVERSION') {
    const shapes = arms.map((index) => betaOf(periods, index));
    return bestOfShapes({ kind: 'BETA', shapes }, direction).probabilityBest;
  }
  const shapes = normalsOf(periods, arms, { type, covariate: null });
  return shapes && bestOfShapes({ kind: 'NORMAL', shapes }, direction).probabilityBest;
}

function isSmallMove(previous: readonly number[], weights: readonly number[]): boolean {
  const distance = weights.reduce((sum, weight, index) => sum + Math.abs(weight - (previous[index] ?? 0)), 0) / 2;
  return distance < smallestMove;
}

function isWithin(weights: readonly number[], lower: readonly number[], upper: readonly number[]): boolean {
  return projectToBounds(weights, lower, upper).every((weight, index) => Math.abs(weight - (weights[index] ?? 0)) < 1e-9);
}
