import {
  type Allocation,
  type AllocationCause,
  enrolledSlots,
  firstRuns,
  reallocate,
  type SlotRun,
  type VariantWeight,
  type WeightBounds,
  weightsOf,
} from './allocation.js';
import type { Definition } from './experiment.js';
import { type Coverage, coveredRuns, recover } from './growthbook.js';

/** Makes new versions of an allocation. */

/** The bounds that weights of this definition keep; undefined where nothing but [0, 1] does. */
export function boundsOf({ bandit }: Pick<Definition, 'bandit'>): WeightBounds | undefined {
  return bandit ? { min: bandit.minWeight, max: bandit.maxWeight } : undefined;
}

/** By which slots are enrolled under GROWTHBOOK_V2; undefined where the hash draws inclusion by itself. In a group all are: its range includes. */
export function coverageOf({ hashStrategy, exclusionGroup, variants }: Definition): (Coverage & { readonly isWhole: boolean }) | undefined {
  return hashStrategy === 'GROWTHBOOK_V2' ? { weights: variants.map(({ weight }) => weight), isWhole: exclusionGroup !== null } : undefined;
}

/**
 * The first version.
 *
 * @param trafficAllocation in force now: the definition's, or less in a dry run
 */
export function firstAllocation({
  variants,
  bounds,
  coverage,
  trafficAllocation,
  at,
}: {
  readonly variants: readonly { readonly key: string; readonly weight: number }[];
  readonly bounds?: WeightBounds | undefined;
  readonly coverage?: ReturnType<typeof coverageOf>;
  readonly trafficAllocation: number;
  readonly at: Date;
}): Allocation {
  const wanted = variants.map(({ key, weight }) => ({ variant: key, weight }));
  // What moves in comes as it is: bounds hold from the first change of weights on.
  const runs = coverage
    ? coveredRuns(coverage, coverage.isWhole ? 1 : trafficAllocation)
    : firstRuns(
        wanted.map(({ weight }) => weight),
        bounds,
      );
  return {
    version: 1,
    trafficAllocation,
    maxTrafficAllocation: trafficAllocation,
    runs,
    weights: storedWeights(runs, wanted),
    period: 1,
    cause: 'START',
    startedAt: at,
  };
}

/**
 * The next version; what is left out stays as it was.
 *
 * @param weights in the experiment's order, zero for a disabled variant
 * @param period the analysis period that units first exposed under it belong to: the previous one or the one after
 */
export function nextAllocation({
  previous,
  weights,
  bounds,
  coverage,
  trafficAllocation = previous.trafficAllocation,
  cause,
  at,
  period = previous.period,
}: {
  readonly previous: Allocation;
  readonly weights?: readonly number[] | undefined;
  readonly bounds?: WeightBounds | undefined;
  readonly coverage?: ReturnType<typeof coverageOf>;
  readonly trafficAllocation?: number | undefined;
  readonly cause: AllocationCause;
  readonly at: Date;
  readonly period?: number | undefined;
}): Allocation {
  const wanted = previous.weights.map(({ variant, weight }, i) => ({ variant, weight: weights?.[i] ?? weight }));
  const runs = nextRuns();
  return {
    version: previous.version + 1,
    trafficAllocation,
    maxTrafficAllocation: Math.max(previous.maxTrafficAllocation, trafficAllocation),
    runs,
    weights: storedWeights(runs, wanted),
    period,
    cause,
    startedAt: at,
  };

  function nextRuns(): readonly SlotRun[] {
    if (coverage && !coverage.isWhole && trafficAllocation !== previous.trafficAllocation) {
      return recover(previous, { coverage, share: trafficAllocation, weights, bounds });
    }
    return weights && enrolledSlots(previous.runs) > 0 ? reallocate(previous.runs, weights, bounds) : previous.runs;
  }
}

/** Weights as the slots keep them; those that were asked for while nobody is enrolled. */
function storedWeights(runs: readonly SlotRun[], wanted: readonly VariantWeight[]): readonly VariantWeight[] {
  if (enrolledSlots(runs) === 0) return wanted;
  return weightsOf(
    runs,
    wanted.map(({ variant }) => variant),
  );
}

/**
 * Weights after a variant is switched off or on. Off: its share goes to the others in proportion to theirs.
 * On: it gets the share that it was defined with among those that are on, which the others give in proportion.
 *
 * @param weights the present ones
 * @param disabled keys of all variants that are off after the switch
 * @param variant key of the one that is switched
 * @returns in the experiment's order, summing to 1, zero for those that are off
 */
export function toggledWeights({
  definition,
  weights,
  disabled,
  variant,
}: {
  readonly definition: Pick<Definition, 'variants'>;
  readonly weights: readonly VariantWeight[];
  readonly disabled: readonly string[];
  readonly variant: string;
}): number[] {
  const isOn = (key: string) => !disabled.includes(key);
  const defined = scaled(definition.variants.map(({ key, weight }) => (isOn(key) ? weight : 0)));
  // When all that is left was defined or weighed at nothing there is no proportion to keep, and equal shares are the only even-handed ones.
  const fallback = defined ?? scaled(definition.variants.map(({ key }) => (isOn(key) ? 1 : 0))) ?? [];
  const position = definition.variants.findIndex(({ key }) => key === variant);
  const own = isOn(variant) ? (fallback[position] ?? 0) : 0;
  const others = scaled(weights.map((share) => (isOn(share.variant) && share.variant !== variant ? share.weight : 0)));
  if (!others) return fallback;
  return others.map((share, i) => (i === position ? own : share * (1 - own)));
}

/** The same proportions, summing to 1; undefined when there is nothing to share. */
function scaled(weights: readonly number[]): number[] | undefined {
  const sum = weights.reduce((a, b) => a + b, 0);
  return sum > 0 ? weights.map((weight) => weight / sum) : undefined;
}
