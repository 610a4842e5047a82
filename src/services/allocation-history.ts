import { LRUCache } from 'lru-cache';
import type { Allocation } from '../core/allocation.js';
import { couldHaveServed } from '../core/assignment.js';
import type { CompiledExperiment } from '../core/compiled-experiment.js';
import type { Sha256 } from '../core/hash.js';
import type { Reads } from './reads.js';

/** What an exposure says of who met what when. */
export interface Claim {
  readonly unitId: string;
  readonly variant: string;
  /** Milliseconds since the epoch, by the sender's clock. */
  readonly occurredAt: number;
}

/** How many versions before the one in force, and how many after it, are asked whether they served a variant. */
const farthest = 50;

/** Allocations that are no longer in force, for exposures that were served by them; they never change, so a few are kept. */
export function createAllocationHistory({ reads, sha256 }: { readonly reads: Pick<Reads, 'allocation'>; readonly sha256: Sha256 }) {
  const kept = new LRUCache<string, Allocation>({ max: 500 });

  async function version(experiment: CompiledExperiment<Allocation>, number: number): Promise<Allocation | null> {
    if (experiment.allocation?.version === number) return experiment.allocation;
    const key = `${experiment.id} ${number}`;
    const known = kept.get(key);
    if (known) return known;
    const found = await reads.allocation(experiment.id, number);
    if (found) kept.set(key, found);
    return found;
  }

  /** Number of the version in force at a time; 1 for a time before the first. They count from 1 without a gap, so halving finds it. */
  async function inForceAt(experiment: CompiledExperiment<Allocation>, present: Allocation, at: number): Promise<number> {
    if (present.startedAt.getTime() <= at) return present.version;
    let [low, high] = [1, present.version - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const allocation = await version(experiment, middle);
      if (allocation && allocation.startedAt.getTime() <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The version that an exposure is analysed under which names none: the one in force when it occurred; where that serves the unit another
   * variant, the latest before that serves this one (an answer that was kept), else the earliest after (a clock that is slow). All units of
   * one moment go by one rule, so that their shares are that version's: to give each the latest that would serve it sorts them by slot.
   * Of one that lies further off than is looked for, the version in force stands in: what it served is known, when is not.
   *
   * @returns null when no version so far serves the variant to the unit
   */
  async function servingAt(
    experiment: CompiledExperiment<Allocation>,
    present: Allocation,
    { unitId, variant, occurredAt }: Claim,
  ): Promise<Allocation | null> {
    if (!couldHaveServed(experiment, { unitId, variant, version: null, sha256 })) return null;
    const inForce = await inForceAt(experiment, present, occurredAt);
    for (const number of outwards(inForce, present.version)) {
      const allocation = await version(experiment, number);
      if (allocation && couldHaveServed(experiment, { unitId, variant, version: allocation, sha256 })) return allocation;
    }
    return version(experiment, inForce);
  }

  return {
    /**
     * The allocation that an exposure is analysed under, and whether it could have served the variant.
     *
     * @param experiment one that has started
     * @param named the version that the exposure names; null: none
     */
    async servedBy(experiment: CompiledExperiment<Allocation>, claim: Claim, named: number | null) {
      const present = experiment.allocation as Allocation;
      if (named === null) {
        const serving = await servingAt(experiment, present, claim);
        return { allocation: serving ?? present, servable: serving !== null };
      }
      const allocation = await version(experiment, named);
      if (!allocation) return { allocation: present, servable: false };
      return { allocation, servable: couldHaveServed(experiment, { ...claim, version: allocation, sha256 }) };
    },
  };
}

/** A version, those before it from the latest on, and those after it from the earliest on. */
function* outwards(from: number, last: number): Generator<number> {
  for (let number = from; number >= Math.max(1, from - farthest); number -= 1) yield number;
  for (let number = from + 1; number <= Math.min(last, from + farthest); number += 1) yield number;
}

export type AllocationHistory = ReturnType<typeof createAllocationHistory>;
