import {
  type Allocation,
  bound,
  boundIn,
  compress,
  enrolledSlots,
  expand,
  movedSlots,
  nobody,
  reallocate,
  type SlotRun,
  serve,
  slotCount,
  type WeightBounds,
} from './allocation.js';

/**
 * GROWTHBOOK_V2: the hash, coverage and ranges of GrowthBook's SDKs (hashVersion 2), so that an experiment moves in without moving anybody.
 *
 * There one number in steps of 1/10,000 decides both inclusion and variant: a variant of weight w that begins at b has the range
 * [b, b + coverage x w). Its steps are our slots, and slots that no range covers have nobody enrolled.
 *
 * @see https://docs.growthbook.io/lib/build-your-own#hashing
 */

/** What a GROWTHBOOK_V2 experiment enrols by: the weights that it started with, which set where ranges begin for good. */
export interface Coverage {
  readonly weights: readonly number[];
}

/**
 * The slot of a unit: FNV-1a of the decimal digits of FNV-1a of seed and id, modulo 10,000.
 *
 * @param seed the experiment's salt: what GrowthBook calls seed, or the experiment's key where none was set
 */
export function growthbookSlot(seed: string, unitId: string): number {
  return fnv1a(String(fnv1a(seed + unitId))) % slotCount;
}

/** 32 bits of FNV-1a over UTF-16 code units, as GrowthBook's JavaScript takes them; of ASCII they are the bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * The slots that ranges cover, each with its variant.
 *
 * @param share the coverage, in [0, 1]
 */
export function coveredRuns({ weights }: Coverage, share: number): SlotRun[] {
  const slots = { variants: new Uint8Array(slotCount).fill(nobody), served: new Uint32Array(slotCount) };
  let begin = 0;
  weights.forEach((weight, variant) => {
    // The very sums and comparisons of doubles that GrowthBook makes, for a rounding elsewhere would move the units of a slot.
    const end = begin + share * weight;
    for (let slot = Math.max(0, Math.floor(begin * slotCount) - 1); slot < slotCount && slot / slotCount < end; slot += 1) {
      if (slot / slotCount >= begin) slots.variants[slot] = variant;
    }
    begin += weight;
  });
  return compress(serve(slots));
}

/**
 * The slots after a change of coverage. Those that stay covered keep their variant. Those newly covered get the variant of their range, or the
 * one that they were enrolled for before when there was but one. Where weights have moved since the start they are kept, by the new slots first.
 *
 * @param share the coverage from now on, in [0, 1]
 * @param weights from now on; left out: as they were
 */
export function recover(
  previous: Allocation,
  {
    coverage,
    share,
    weights,
    bounds,
  }: { coverage: Coverage; share: number; weights?: readonly number[] | undefined; bounds?: WeightBounds | undefined },
): SlotRun[] {
  const slots = expand(previous.runs);
  const covered = expand(coveredRuns(coverage, share)).variants;
  for (let slot = 0; slot < slotCount; slot += 1) {
    const [now, ranged, served] = [slots.variants[slot] as number, covered[slot] as number, slots.served[slot] as number];
    if (ranged === nobody) slots.variants[slot] = nobody;
    else if (now === nobody) slots.variants[slot] = boundIn(served) === bound.one ? 31 - Math.clz32(served) : ranged;
  }
  const enrolled = compress(slots);
  if (enrolledSlots(enrolled) === 0 || (!weights && isAsRanged(previous, coverage))) return compress(serve(slots));
  return reallocate(enrolled, weights ?? previous.weights.map(({ weight }) => weight), bounds);
}

/** Whether the weights are still those of the start, and every slot serves the variant of its range. */
function isAsRanged({ runs, weights, trafficAllocation }: Allocation, coverage: Coverage): boolean {
  if (enrolledSlots(runs) === 0) return weights.every(({ weight }, i) => weight === coverage.weights[i]);
  return movedSlots(runs, coveredRuns(coverage, trafficAllocation)) === 0;
}
