import { createCircuitBreaker } from './circuit-breaker.js';
import type { RedisClient } from './client.js';
import { askTogether } from './pipelines.js';

export interface ExposedUnit {
  readonly experimentId: string;
  readonly unitId: string;
}

/** Recorded variants of units, so that most look-ups spare the store of record. They never change, so a copy is never wrong. */
export interface ExposureCache {
  /** In the order asked: the key of the variant, or null when it is not known here or Redis is away. Never throws. */
  get(units: readonly ExposedUnit[]): Promise<readonly (string | null)[]>;
  /** Keeps recorded variants for a day. Never throws; a failure costs a look-up. */
  set(units: readonly (ExposedUnit & { readonly variant: string })[]): Promise<void>;
  /** Deletes the copies of a unit. @throws when Redis is away: they may still be there */
  forget(unitId: string, experimentIds: readonly string[]): Promise<void>;
}

const daySeconds = 86_400;

/** The experiment's id is the hash tag: keys of one experiment stay together on a cluster. */
const keyOf = ({ experimentId, unitId }: ExposedUnit) => `bellwether:{${experimentId}}:unit:${unitId}`;

/** @param client one that fails rather than waits */
export function createExposureCache(client: RedisClient): ExposureCache {
  const breaker = createCircuitBreaker({ failures: 5, pauseMs: 1_000 });
  return {
    async get(units) {
      if (units.length === 0) return [];
      // Single commands in one go rather than MGET, whose keys would have to lie together.
      const answers = await breaker.run(() => askTogether(client, units, (pipeline, unit) => pipeline.get(keyOf(unit))));
      return units.map((_, i) => (typeof answers?.[i] === 'string' ? answers[i] : null));
    },
    async set(units) {
      if (units.length === 0) return;
      await breaker.run(() => askTogether(client, units, (pipeline, unit) => pipeline.set(keyOf(unit), unit.variant, 'EX', daySeconds)));
    },
    async forget(unitId, experimentIds) {
      const units = experimentIds.map((experimentId) => ({ experimentId, unitId }));
      await askTogether(client, units, (pipeline, unit) => pipeline.del(keyOf(unit)));
    },
  };
}
