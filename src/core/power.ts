import type { EvaluationMethod, MetricType } from './experiment.js';

/** A question about sample size: exactly one of minimumEffect and unitsPerVariant is given. */
export interface PowerInput {
  readonly metricType: MetricType;
  readonly baseline: number;
  readonly standardDeviation: number | null;
  readonly minimumEffect: number | null;
  readonly unitsPerVariant: number | null;
  readonly alpha: number;
  readonly power: number;
  /** The control included, 2 to 20. */
  readonly variants: number;
  readonly method: EvaluationMethod;
  readonly maxPeeks: number;
  readonly unitsPerDay: number | null;
}

export interface PowerPlan {
  readonly unitsPerVariant: number;
  readonly totalUnits: number;
  readonly days: number | null;
  readonly minimumEffect: number;
  readonly power: number;
}

/**
 * The size of an experiment, or the effect that a size finds.
 *
 * @throws DomainError with every fault: NOT_EXACTLY_ONE, INVALID_RANGE, BAD_USER_INPUT, METHOD_NOT_AVAILABLE
 */
export declare function planPower(input: PowerInput): PowerPlan;
