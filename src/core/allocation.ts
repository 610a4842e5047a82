/** The versioned plan of who gets what, and the slots it is made of; new versions are made in `reallocation.ts`. */

export const allocationCauses = ['START', 'MANUAL', 'BANDIT', 'RAMP', 'TOGGLE', 'ROLLBACK', 'SHIP', 'REVERT'] as const;
export type AllocationCause = (typeof allocationCauses)[number];

/** Slots of an allocation; propensities are whole numbers of them. */
export const slotCount = 10_000;

/** A run of neighbouring slots that are alike. */
export interface SlotRun {
  /** The slot after the last of the run; runs are in order and the last ends at 10,000. */
  readonly end: number;
  /** Position of the variant served, in the experiment's order; null where nobody is enrolled, which only GROWTHBOOK_V2 knows. */
  readonly variant: number | null;
  /** Bit i is set when variant i was ever served here; more than one bit: the slot has changed hands. */
  readonly served: number;
}

export interface VariantWeight {
  readonly variant: string;
  /** Slot count / number of slots that somebody is enrolled in, which is 10,000 but under GROWTHBOOK_V2. */
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

/** What of an allocation decides who gets what; the rest tells how it came about. */
export type ServedAllocation = Pick<Allocation, 'version' | 'trafficAllocation' | 'maxTrafficAllocation' | 'runs'>;

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
 * A variant that loses gives first the slots that nobody was served in yet, then those that have changed hands before (units there are looked
 * up anyway), then the others, each from the highest on; those that gain take them from the lowest on, in the experiment's order.
 */
export function reallocate(previousRuns: readonly SlotRun[], newWeights: readonly number[], bounds?: WeightBounds): SlotRun[] {
  const slots = expand(previousRuns);
  const { variants, served } = slots;
  const surplus = toSlots(newWeights, bounds, enrolledSlots(previousRuns)).map((wanted) => -wanted);
  for (const variant of variants) if (variant !== nobody) surplus[variant] = (surplus[variant] ?? 0) + 1;
  const freed: number[] = [];
  for (const boundNow of [bound.nobody, bound.several, bound.one]) {
    for (let slot = slotCount - 1; slot >= 0; slot -= 1) {
      const variant = variants[slot] as number;
      if (variant === nobody || (surplus[variant] as number) <= 0 || boundIn(served[slot] as number) !== boundNow) continue;
      surplus[variant] = (surplus[variant] as number) - 1;
      freed.push(slot);
    }
  }
  freed.sort((a, b) => a - b);
  let next = 0;
  surplus.forEach((share, variant) => {
    for (let missing = -share; missing > 0; missing -= 1, next += 1) variants[freed[next] as number] = variant;
  });
  return compress(serve(slots));
}

/** How many variants units of a slot may be bound to. */
export const bound = { nobody: 0, one: 1, several: 2 } as const;

export function boundIn(served: number): number {
  return served === 0 ? bound.nobody : isMoved(served) ? bound.several : bound.one;
}

/** Number of slots that somebody is enrolled in. */
export function enrolledSlots(runs: readonly SlotRun[]): number {
  let [start, enrolled] = [0, 0];
  for (const { end, variant } of runs) {
    if (variant !== null) enrolled += end - start;
    start = end;
  }
  return enrolled;
}

/**
 * Weights as whole slots that sum to `total`: the nearest by largest remainder, the earlier variant first among equals.
 * A weight of zero gets none. Within bounds the least is rounded up and the greatest down, so that what is stored keeps them exactly;
 * bounds that cannot be kept with this number of variants give way as far as equal shares need.
 *
 * @param weights at least one above zero; scaled to sum to 1
 * @param total number of slots to share, whole
 */
export function toSlots(weights: readonly number[], bounds?: WeightBounds, total: number = slotCount): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const count = weights.filter((weight) => weight > 0).length;
  if (!(sum > 0) || !Number.isFinite(sum)) throw new Error(`weights must sum to more than zero, received ${weights.join(', ')}`);
  const least = bounds ? Math.min(slotsAtLeast(bounds.min, total), Math.floor(total / count)) : 0;
  const most = bounds ? Math.max(slotsAtMost(bounds.max, total), Math.ceil(total / count)) : total;
  // Rounding to millionths of a slot takes out the noise of division, so that equal weights tie and the order decides.
  const exact = weights.map((weight) => Math.round((weight / sum) * total * 1e6) / 1e6);
  const slots = exact.map((share, i) => ((weights[i] as number) > 0 ? Math.min(most, Math.max(least, Math.floor(share))) : 0));
  let missing = total - slots.reduce((a, b) => a + b, 0);
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
  return slotsAtLeast(min, slotCount) * variantCount <= slotCount && slotsAtMost(max, slotCount) * variantCount >= slotCount && min <= max;
}

/** The fewest slots whose share is not below a weight: compared as stored, after the division. */
function slotsAtLeast(weight: number, total: number): number {
  const slots = Math.max(0, Math.floor(weight * total) - 1);
  return [slots, slots + 1, slots + 2].find((candidate) => candidate / total >= weight) ?? total;
}

/** The most slots whose share is not above a weight. */
function slotsAtMost(weight: number, total: number): number {
  const slots = Math.floor(weight * total) + 1;
  return [slots, slots - 1, slots - 2].find((candidate) => candidate / total <= weight) ?? 0;
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

/** Position of the variant that a slot is served; null where nobody is enrolled. */
export function variantAt(runs: readonly SlotRun[], slot: number): number | null {
  return runAt(runs, slot).variant;
}

/** Whether slots with this mask have changed hands. */
export function isMoved(served: number): boolean {
  return (served & (served - 1)) !== 0;
}

/** Shares of the variants, in the experiment's order, zeros too. @param runs of which somebody is enrolled in one at least */
export function weightsOf(runs: readonly SlotRun[], variants: readonly string[]): VariantWeight[] {
  const slots = variants.map(() => 0);
  let start = 0;
  for (const run of runs) {
    if (run.variant !== null) slots[run.variant] = (slots[run.variant] ?? 0) + run.end - start;
    start = run.end;
  }
  const total = enrolledSlots(runs);
  return variants.map((variant, i) => ({ variant, weight: (slots[i] as number) / total }));
}

/** Number of slots that two versions serve differently. */
export function movedSlots(before: readonly SlotRun[], after: readonly SlotRun[]): number {
  const earlier = expand(before).variants;
  const later = expand(after).variants;
  return earlier.reduce((moved, variant, slot) => moved + (variant === later[slot] ? 0 : 1), 0);
}

/** Runs slot by slot, to be changed and compressed again. */
export interface Slots {
  /** Position of the variant served, or {@link nobody}. */
  readonly variants: Uint8Array;
  /** As {@link SlotRun.served}, of the versions before. */
  readonly served: Uint32Array;
}

/** In place of a variant's position where nobody is enrolled; there are at most 20 variants. */
export const nobody = 255;

export function expand(runs: readonly SlotRun[]): Slots {
  const variants = new Uint8Array(slotCount);
  const served = new Uint32Array(slotCount);
  let start = 0;
  for (const run of runs) {
    variants.fill(run.variant ?? nobody, start, run.end);
    served.fill(run.served, start, run.end);
    start = run.end;
  }
  return { variants, served };
}

/** The same slots, their variants noted as served. */
export function serve({ variants, served }: Slots): Slots {
  return { variants, served: served.map((mask, slot) => (variants[slot] === nobody ? mask : mask | (1 << (variants[slot] as number)))) };
}

export function compress({ variants, served }: Slots): SlotRun[] {
  const runs: SlotRun[] = [];
  for (let slot = 1; slot <= slotCount; slot += 1) {
    const last = slot - 1;
    if (slot < slotCount && variants[slot] === variants[last] && served[slot] === served[last]) continue;
    const variant = variants[last] as number;
    runs.push({ end: slot, variant: variant === nobody ? null : variant, served: served[last] as number });
  }
  return runs;
}
