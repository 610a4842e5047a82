import type { ComparisonOutcome, Decision, UnknownReason } from './evaluation-words.js';
import type { Definition, EvaluationMethod, GuardrailAction, MetricRole } from './experiment.js';

/** Totals of one metric over the units of one arm. Decimals are strings such as `"-12.5"`: exact, never a double. */
export interface MetricSums {
  /** Units with at least one event that counts. */
  readonly units: number;
  /** Events that count. */
  readonly events: number;
  /** Sum of the events' values as sent. */
  readonly total: string;
  /** Sum of x over all units of the arm, where x is the unit's analysis value (0 or 1 for CONVERSION; capped where the metric says so). */
  readonly sumX: string;
  /** Sum of x squared. */
  readonly sumX2: string;
  /** Of metrics that have a y alone: a RATIO's denominator, or the value before exposure of one that is `cuped`. */
  readonly second?: SecondSums;
}

/** Sums of a unit's second value y over all units of the arm, and of the products. */
export interface SecondSums {
  readonly sumY: string;
  readonly sumY2: string;
  readonly sumXY: string;
}

/** Totals of the units of one registered segment. */
export interface SegmentSums {
  /** The attribute, e.g. `region`. */
  readonly attribute: string;
  /** Its value, e.g. `US`; empty for units without it. */
  readonly value: string;
  readonly arms: readonly ArmSums[];
}

/** What one variant holds in one analysis period. Cells that are left out count as empty. */
export interface ArmSums {
  /** Key of the variant. */
  readonly variant: string;
  /** Analysis period of the allocation that first exposed the units. */
  readonly period: number;
  /** Distinct units exposed. */
  readonly units: number;
  /** By key of the metric; one that is left out has no events. */
  readonly metrics: Readonly<Record<string, MetricSums>>;
}

/** Units first exposed under one allocation version; both lists in the experiment's order of variants. */
export interface VersionUnits {
  readonly version: number;
  /** Slot count / 10,000 of each variant. */
  readonly propensities: readonly number[];
  readonly units: readonly number[];
}

export interface EvaluationInput {
  readonly definition: Definition;
  readonly versions: readonly VersionUnits[];
  readonly arms: readonly ArmSums[];
  /** The same by registered segment, all of one moment; left out where the plan registers none. Units are compared inside those of the first attribute. */
  readonly segments?: readonly SegmentSums[];
  /** `carried` of the previous stored evaluation of the same plan; null for the first. */
  readonly previous: CarriedState | null;
  /** Looks used before this one. */
  readonly looksUsed: number;
  /** Whether the experiment has ended and this is its last evaluation. */
  readonly final: boolean;
  /** False in a dry run: nothing is called significant and no look is used up. */
  readonly confirmatory: boolean;
}

/** A bound that is null does not exist on that side. */
export interface Interval {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly level: number;
}

/** One variant against the control on one metric, as the API's type of that name. Every number is finite or null. */
export interface Comparison {
  readonly variant: string;
  readonly metric: string;
  readonly role: MetricRole;
  readonly controlUnits: number;
  readonly variantUnits: number;
  readonly controlMean: number | null;
  readonly variantMean: number | null;
  readonly effect: number | null;
  readonly lift: number | null;
  readonly standardError: number | null;
  readonly interval: Interval | null;
  readonly liftInterval: Interval | null;
  readonly pValue: number | null;
  readonly adjustedPValue: number | null;
  readonly probabilityToBeatControl: number | null;
  readonly expectedLoss: number | null;
  readonly minimumDetectableEffect: number | null;
  readonly significant: boolean;
  readonly outcome: ComparisonOutcome;
  readonly confirmatory: boolean;
  readonly unknownReason: UnknownReason | null;
}

/** The comparisons within one registered segment, in the order of those of all units. They decide nothing. */
export interface SegmentResult {
  readonly attribute: string;
  readonly value: string;
  readonly comparisons: readonly Comparison[];
}

export interface SrmCheck {
  readonly passed: boolean;
  readonly pValue: number | null;
  readonly chiSquarePValue: number | null;
  readonly statistic: number | null;
  readonly variants: readonly { readonly variant: string; readonly observed: number; readonly expected: number }[];
}

export interface GuardrailStatus {
  readonly metric: string;
  readonly variant: string;
  readonly breached: boolean;
  readonly effect: number | null;
  readonly interval: Interval | null;
  readonly threshold: number;
  readonly action: GuardrailAction;
}

/** What one comparison keeps from look to look. */
export interface CarriedComparison {
  /** Smallest p-value so far, already corrected for looks. */
  readonly pValue: number | null;
  /** Side of the effect (1 above, -1 below the control) when that p-value was reached. */
  readonly side: -1 | 0 | 1;
  /** What all intervals shown so far have in common; `lower > upper` when nothing. */
  readonly interval: Interval | null;
  readonly liftInterval: Interval | null;
  /** SPRT: whether the test has taken the side of "no effect as large as planned for". */
  readonly isAccepted?: boolean;
}

/** GROUP_SEQUENTIAL: the looks so far at one variant, in both lists. */
export interface SpentLooks {
  /** Share of the plan that error was spent by, rising in (0, 1]. */
  readonly fractions: readonly number[];
  /** Information about the difference, in units. */
  readonly information: readonly number[];
}

/** What an evaluation hands on to the next of the same plan. Plain JSON; stored with it and given back unchanged. */
export interface CarriedState {
  /** Smallest sequential sample ratio p-value so far; null while there was too little to tell. */
  readonly srmPValue: number | null;
  /** Whether the one planned test at the horizon has been made. */
  readonly finalTestMade: boolean;
  /** By `metric/variant`. */
  readonly comparisons: Readonly<Record<string, CarriedComparison>>;
  /** GROUP_SEQUENTIAL: by key of the variant. */
  readonly looks?: Readonly<Record<string, SpentLooks>>;
  /** By `attribute=value`, then as `comparisons`; of the segments that were judged. */
  readonly segments?: Readonly<Record<string, Readonly<Record<string, CarriedComparison>>>>;
}

/** Everything of the API's `Evaluation` that is computed, and what the next one needs. */
export interface EvaluationResult {
  readonly method: EvaluationMethod;
  /** Looks used, with this one. */
  readonly look: number;
  /** Whether this one used a look up. */
  readonly lookUsed: boolean;
  /** Null where looks are not metered. */
  readonly maxLooks: number | null;
  readonly alphaSpent: number | null;
  readonly informationFraction: number | null;
  readonly srm: SrmCheck;
  /** Ordered by metric and then by variant; the control is left out. */
  readonly comparisons: readonly Comparison[];
  /** In the order of the plan's attributes, those with most units first; empty where the plan registers none. */
  readonly segments: readonly SegmentResult[];
  readonly guardrails: readonly GuardrailStatus[];
  readonly decision: Decision;
  /** Key of the winner; null unless the decision is SHIP. */
  readonly winner: string | null;
  readonly summary: string;
  readonly confirmatory: boolean;
  readonly final: boolean;
  readonly carried: CarriedState;
}
