import { type ChainableCommander, Cluster } from 'ioredis';
import type { RedisClient } from './client.js';

/**
 * Asks about several units in one journey; of a cluster in one for each experiment, whose keys alone are sure to lie on one server.
 *
 * @param add puts the one command about a unit into the pipeline
 * @returns answers in the order of the units
 * @throws the first failure
 */
export async function askTogether<Unit extends { readonly experimentId: string }>(
  client: RedisClient,
  units: readonly Unit[],
  add: (pipeline: ChainableCommander, unit: Unit) => unknown,
): Promise<unknown[]> {
  async function ask(some: readonly Unit[]): Promise<unknown[]> {
    const pipeline = client.pipeline();
    for (const unit of some) add(pipeline, unit);
    return ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
  }

  if (!(client instanceof Cluster)) return ask(units);
  const byExperiment = new Map<string, Unit[]>();
  for (const unit of units) byExperiment.set(unit.experimentId, [...(byExperiment.get(unit.experimentId) ?? []), unit]);
  const answers = new Map<Unit, unknown>();
  const note = async (some: readonly Unit[]) => {
    for (const [i, value] of (await ask(some)).entries()) answers.set(some[i] as Unit, value);
  };
  await Promise.all([...byExperiment.values()].map(note));
  return units.map((unit) => answers.get(unit));
}
