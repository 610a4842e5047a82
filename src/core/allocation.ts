/** The versioned plan of who gets what, and the slots it is made of; new versions are made in `reallocation.ts`. */

export const allocationCauses = ['START', 'MANUAL', 'BANDIT', 'RAMP', 'TOGGLE', 'ROLLBACK', 'SHIP', 'REVERT'] as const;
export type AllocationCause = (typeof allocationCauses)[number];

/** Slots of an allocation; propensities are whole numbers of them. */
export const slotCount = 10_000;

/** A run of neighbouring slots that are alike. */
export interface SlotRun {
  /** The slot after the last of the run; runs are in order and the last ends at 10,000. */
  readonly end: number;
  /** Position of the variant served, in the experiment's order. */
  readonly variant: number;
  /** Bit i is set when variant i was ever served here; more than one bit: the slot has changed hands. */
  readonly served: number;
}

export interface VariantWeight {
  readonly variant: string;
  /** Slot count / 10,000. */
  readonly weight: number;
}

/** One version of who gets what. */
export interface Allocation {
  /** From 1; only grows. */
  readonly version: number;
  /** Share of eligible units that is included. */
  readonly trafficAllocation: number;
  /** The greatest share of any version so far: units between the two may be bound and need a look-up. */
  readonly maxTrafficAllocation: number;
  readonly runs: readonly SlotRun[];
  /** In the experiment's order, zeros too; sums to 1 exactly in slots. */
  readonly weights: readonly VariantWeight[];
  /** The analysis period that units first exposed under it belong to, from 1. */
  readonly period: number;
  readonly cause: AllocationCause;
  readonly startedAt: Date;
}

/** Bounds that a bandit keeps for every variant that has a share. */
export interface WeightBounds {
  readonly min: number;
  readonly max: number;
}

/** Shares as runs of slots, each variant's in order: the first allocation of an experiment. */
export function firstRuns(weights: readonly number[], bounds?: WeightBounds): SlotRun[] {
  let end = 0;
  return toSlots(weights, bounds).flatMap((slots, variant) => {
    end += slots;
    return slots > 0 ? [{ end, variant, served: 1 << variant }] : [];
  });
}

/**
 * The same slots under new weights, with as few reassigned as the weights allow: exactly the sum of what the gaining variants gain.
 * A variant that loses gives first the slots that have changed hands before (units there are looked up anyway), the highest first,
 * then the highest of the others; those that gain take them from the lowest on, in the experiment's order.
 */
export function reallocate(previousRuns: readonly SlotRun[], newWeights: readonly number[], bounds?: WeightBounds): SlotRun[] {
  const target = toSlots(newWeights, bounds);
  const { variants, served } = expand(previousRuns);
  const surplus = target.map((slots) => -slots);
  for (const variant of variants) surplus[variant] = (surplus[variant] ?? 0) + 1;
  const freed: number[] = [];
  for (const wantMoved of [true, false]) {
    for (let slot = slotCount - 1; slot >= 0; slot -= 1) {
      const variant = variants[slot] as number;
      if ((surplus[variant] as number) <= 0 || isMoved(served[slot] as number) !== wantMoved) continue;
      surplus[variant] = (surplus[variant] as number) - 1;
      freed.push(slot);
    }
  }
  freed.sort((a, b) => a - b);
  let next = 0;
  surplus.forEach((share, variant) => {
    for (let missing = -share; missing > 0; missing -= 1, next += 1) {
      const slot = freed[next] as number;
      variants[slot] = variant;
      served[slot] = (served[slot] as number) | (1 << variant);
    }
  });
  return compress(variants, served);
}

/**
 * Weights as whole slots that sum to 10,000: the nearest by largest remainder, the earlier variant first among equals.
 * A weight of zero gets none. Within bounds the least is rounded up and the greatest down, so that what is stored keeps them exactly;
 * bounds that cannot be kept with this number of variants give way as far as equal shares need.
 *
 * @param weights at least one above zero; scaled to sum to 1
 */
export function toSlots(weights: readonly number[], bounds?: WeightBounds): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const count = weights.filter((weight) => weight > 0).length;
  if (!(sum > 0) || !Number.isFinite(sum)) throw new Error(`weights must sum to more than zero, received ${weights.join(', ')}`);
  const least = bounds ? Math.min(slotsAtLeast(bounds.min), Math.floor(slotCount / count)) : 0;
  const most = bounds ? Math.max(slotsAtMost(bounds.max), Math.ceil(slotCount / count)) : slotCount;
  // Rounding to millionths of a slot takes out the noise of division, so that equal weights tie and the order decides.
  const exact = weights.map((weight) => Math.round((weight / sum) * slotCount * 1e6) / 1e6);
  const slots = exact.map((share, i) => ((weights[i] as number) > 0 ? Math.min(most, Math.max(least, Math.floor(share))) : 0));
  let missing = slotCount - slots.reduce((a, b) => a + b, 0);
  const step = Math.sign(missing);
  for (; missing !== 0; missing -= step) {
    let best = -1;
    slots.forEach((own, i) => {
      if (!((weights[i] as number) > 0) || (step > 0 ? own >= most : own <= least)) return;
      if (best < 0 || step * ((exact[i] as number) - own) > step * ((exact[best] as number) - (slots[best] as number))) best = i;
    });
    slots[best] = (slots[best] as number) + step;
  }
  return slots;
}

/** Whether bounds can be kept by this number of variants in whole slots. */
export function areBoundsFeasible({ min, max }: WeightBounds, variantCount: number): boolean {
  return slotsAtLeast(min) * variantCount <= slotCount && slotsAtMost(max) * variantCount >= slotCount && min <= max;
}

/** The fewest slots whose share is not below a weight: compared as stored, after the division. */
function slotsAtLeast(weight: number): number {
  const slots = Math.max(0, Math.floor(weight * slotCount) - 1);
  return [slots, slots + 1, slots + 2].find((candidate) => candidate / slotCount >= weight) ?? slotCount;
}

/** The most slots whose share is not above a weight. */
function slotsAtMost(weight: number): number {
  const slots = Math.floor(weight * slotCount) + 1;
  return [slots, slots - 1, slots - 2].find((candidate) => candidate / slotCount <= weight) ?? 0;
}

/** The run that a slot lies in. */
export function runAt(runs: readonly SlotRun[], slot: number): SlotRun {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle] as SlotRun).end > slot) high = middle;
    else low = middle + 1;
  }
  return runs[low] as SlotRun;
}

/** Position of the variant that a slot is served. */
export function variantAt(runs: readonly SlotRun[], slot: number): number {
  return runAt(runs, slot).variant;
}

/** Whether slots with this mask have changed hands. */
export function isMoved(served: number): boolean {
  return (served & (served - 1)) !== 0;
}

/** Shares of the variants, in the experiment's order, zeros too. */
export function weightsOf(runs: readonly SlotRun[], variants: readonly string[]): VariantWeight[] {
  const slots = variants.map(() => 0);
  let start = 0;
  for (const run of runs) {
    slots[run.variant] = (slots[run.variant] ?? 0) + run.end - start;
    start = run.end;
  }
  return variants.map((variant, i) => ({ variant, weight: (slots[i] as number) / slotCount }));
}

/** Number of slots that two versions serve differently. */
export function movedSlots(before: readonly SlotRun[], after: readonly SlotRun[]): number {
  const earlier = expand(before).variants;
  const later = expand(after).variants;
  return earlier.reduce((moved, variant, slot) => moved + (variant === later[slot] ? 0 : 1), 0);
}

function expand(runs: readonly SlotRun[]): { variants: Uint8Array; served: Uint32Array } {
  const variants = new Uint8Array(slotCount);
  const served = new Uint32Array(slotCount);
  let start = 0;
  for (const run of runs) {
    variants.fill(run.variant, start, run.end);
    served.fill(run.served, start, run.end);
    start = run.end;
  }
  return { variants, served };
}

function compress(variants: Uint8Array, served: Uint32Array): SlotRun[] {
  const runs: SlotRun[] = [];
  for (let slot = 1; slot <= slotCount; slot += 1) {
    const last = slot - 1;
    if (slot < slotCount && variants[slot] === variants[last] && served[slot] === served[last]) continue;
    runs.push({ end: slot, variant: variants[last] as number, served: served[last] as number });
  }
  return runs;
}
