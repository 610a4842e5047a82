import type { Look } from './evaluation-look.js';
import type { ArmSums, CarriedComparison, Comparison } from './evaluation-types.js';
import type { ComparisonOutcome, UnknownReason } from './evaluation-words.js';
import type { Definition, MetricDefinition } from './experiment.js';

export interface ComparisonsInput {
  readonly definition: Definition;
  readonly arms: readonly ArmSums[];
  /** Arms by segment, inside which all units are compared; empty: not inside any. */
  readonly strata: readonly (readonly ArmSums[])[];
  readonly previous: Readonly<Record<string, CarriedComparison>>;
  /** Null when nothing may be read now (too few units in an arm, no look left): estimates are shown, p-values only if carried. */
  readonly look: Look | null;
  /** Whether carried p-values may be shown without a look. */
  readonly isLastLook: boolean;
  /** Units that either arm of a pair needs for anything to be read. */
  readonly leastUnits: number;
  readonly confirmatory: boolean;
  /** The sample ratio test has failed: every effect is withheld. */
  readonly withheld: boolean;
}

/** A comparison before its family is looked at. */
export interface Draft {
  readonly metric: MetricDefinition;
  readonly comparison: Comparison;
  readonly carried: CarriedComparison;
  /** What the method's own rule says, where it does not go by p-values. */
  readonly verdict: ComparisonOutcome | null;
}

/** Before the first look. */
export const nothingCarried: CarriedComparison = { pValue: null, side: 0, interval: null, liftInterval: null };

/** Name of a comparison in what is carried on. */
export function comparisonName(metric: string, variant: string): string {
  return `${metric}/${variant}`;
}

/** Which comparison it is. */
export interface Place {
  readonly metric: MetricDefinition;
  readonly control: string;
  readonly variant: string;
}

/** A comparison of which nothing can be said but what is known already. */
export function unknown(
  input: ComparisonsInput,
  { metric, control, variant }: Place,
  reason: UnknownReason,
  known: Partial<Comparison> = {},
): Draft {
  const units = (key: string) => input.arms.reduce((sum, arm) => (arm.variant === key ? sum + arm.units : sum), 0);
  return {
    metric,
    carried: previousOf(input, metric, variant),
    verdict: null,
    comparison: {
      ...nullComparison(metric, variant, input.confirmatory),
      controlUnits: units(control),
      variantUnits: units(variant),
      ...known,
      unknownReason: reason,
    },
  };
}

/** What earlier looks left of it. */
export function previousOf({ previous }: ComparisonsInput, metric: MetricDefinition, variant: string): CarriedComparison {
  return previous[comparisonName(metric.key, variant)] ?? nothingCarried;
}

/** What drafts hand on to the next look, by name. */
export function carriedOf(drafts: readonly Draft[]): Readonly<Record<string, CarriedComparison>> {
  return Object.fromEntries(drafts.map(({ metric, comparison, carried }) => [comparisonName(metric.key, comparison.variant), carried]));
}

/** One in which nothing is known. */
export function nullComparison({ key, role }: MetricDefinition, variant: string, confirmatory: boolean): Comparison {
  return {
    variant,
    metric: key,
    role,
    controlUnits: 0,
    variantUnits: 0,
    controlMean: null,
    variantMean: null,
    effect: null,
    lift: null,
    standardError: null,
    interval: null,
    liftInterval: null,
    pValue: null,
    adjustedPValue: null,
    probabilityToBeatControl: null,
    expectedLoss: null,
    minimumDetectableEffect: null,
    significant: false,
    outcome: 'INCONCLUSIVE',
    confirmatory,
    unknownReason: null,
  };
}
