import type { ArmSums } from './evaluation-types.js';
import type { BanditSettings, MetricDefinition } from './experiment.js';

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

/** `weights` and `probabilityBest` are in the order of `variants`. `hold`: weights stay. `halt`: the totals are impossible, return to equal weights and raise an alert. */
export type BanditStep =
  | { readonly kind: 'move'; readonly weights: readonly number[]; readonly probabilityBest: readonly number[] }
  | { readonly kind: 'hold'; readonly reason: BanditHold; readonly probabilityBest: readonly number[] | null }
  | { readonly kind: 'halt'; readonly reason: string };

/** Whether floor and cap can hold for this many enabled variants: `count x floor <= 1 <= count x cap`. */
export declare function areBoundsFeasible(settings: Pick<BanditSettings, 'minWeight' | 'maxWeight'>, count: number): boolean;

/**
 * Bounds in force with this many enabled variants: those of the settings, widened to 1 / count where they could not be met
 * (a variant that is switched off must not leave the rest without a plan).
 */
export declare function boundsFor(
  settings: Pick<BanditSettings, 'minWeight' | 'maxWeight'>,
  count: number,
): { readonly floor: number; readonly cap: number };

/** The next weights of a bandit: Thompson's probabilities of being best, explored, bounded and smoothed. No clock: burn-in and interval are the caller's. */
export declare function nextWeights(input: BanditInput): BanditStep;
