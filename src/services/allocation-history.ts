import { LRUCache } from 'lru-cache';
import type { Allocation } from '../core/allocation.js';
import { couldHaveServed } from '../core/assignment.js';
import type { CompiledExperiment } from '../core/compiled-experiment.js';
import type { Sha256 } from '../core/hash.js';
import type { Reads } from './reads.js';

/** Allocations that are no longer in force, for exposures that were served by them; they never change, so a few are kept. */
const farthest = 50;

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

  return {
    version,
    /**
     * The latest version that serves the variant to this unit; null when none ever did.
     * Of one that lies further back than is looked for, the present version stands in: what it served is known, when is not.
     */
    async latestServing(experiment: CompiledExperiment<Allocation>, unitId: string, variant: string): Promise<Allocation | null> {
      const present = experiment.allocation;
      if (!present || !couldHaveServed(experiment, { unitId, variant, version: null, sha256 })) return null;
      for (let number = present.version; number >= Math.max(1, present.version - farthest); number--) {
        const allocation = await version(experiment, number);
        if (allocation && couldHaveServed(experiment, { unitId, variant, version: allocation, sha256 })) return allocation;
      }
      return present;
    },
  };
}

export type AllocationHistory = ReturnType<typeof createAllocationHistory>;
