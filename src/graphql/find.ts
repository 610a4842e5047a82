import type { Experiment } from '../core/experiment.js';
import type { Services } from './services.js';

/** The experiment of a key: from memory, else from the store, for another instance may have created it a moment ago. */
export async function findExperiment({ registry, reads }: Pick<Services, 'registry' | 'reads'>, key: string): Promise<Experiment | null> {
  return registry.byKey(key) ?? (await reads.experiment({ key }));
}

/** The same by id. */
export async function findExperimentById(
  { registry, reads }: Pick<Services, 'registry' | 'reads'>,
  id: string,
): Promise<Experiment | null> {
  return registry.byId(id) ?? (await reads.experiment({ id }));
}
