import type { Experiment } from '../core/experiment.js';
import type { RedisClient } from './client.js';

/** Experiments as Redis carries them from the instance that changed one to the others, which then need not ask the store of record. */
export interface DefinitionCache {
  /** Keeps this state unless a newer one is kept; a failure costs others one query. */
  put(experiment: Experiment): Promise<void>;
  /** The experiment in this version or a newer one; null when it is not there, cannot be read, or Redis is away. */
  get(id: string, minVersion: number): Promise<Experiment | null>;
  remove(id: string): Promise<void>;
}

const key = 'bellwether:{definitions}';

/**
 * KEYS[1] hash, ARGV id, version, JSON. Kept as version, line feed, JSON: the JSON, up to megabytes, is not parsed to compare.
 * Two instances that change an experiment one after the other may arrive here in the other order.
 */
const putIfNewer = `
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local version = kept and tonumber(string.match(kept, '^(%d+)\\n'))
if version and version >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '\\n' .. ARGV[3])
return 1`;

export function createDefinitionCache(client: RedisClient): DefinitionCache {
  return {
    async put(experiment) {
      const { id, version } = experiment;
      await client.eval(putIfNewer, 1, key, id, version, JSON.stringify(experiment)).catch(() => {});
    },
    async get(id, minVersion) {
      const kept = await client.hget(key, id).catch(() => null);
      const experiment = kept === null ? null : read(kept.slice(kept.indexOf('\n') + 1));
      return experiment && experiment.id === id && experiment.version >= minVersion ? experiment : null;
    },
    async remove(id) {
      await client.hdel(key, id).catch(() => {});
    },
  };
}

const dateMembers = ['createdAt', 'updatedAt', 'startedAt', 'endedAt', 'banditHaltedAt', 'banditResumedAt'] as const;

/** The experiment in this JSON; null when it is not one. What we wrote is trusted, what cannot have been ours is not. */
function read(json: string): Experiment | null {
  try {
    const experiment = JSON.parse(json);
    for (const member of dateMembers) experiment[member] = date(experiment[member]);
    if (experiment.allocation) experiment.allocation.startedAt = date(experiment.allocation.startedAt);
    const { id, version, definition, overrides, disabledVariants } = experiment;
    const isWhole =
      typeof id === 'string' &&
      Number.isSafeInteger(version) &&
      typeof definition.key === 'string' &&
      [definition.variants, definition.metrics, overrides, disabledVariants].every(Array.isArray);
    return isWhole ? experiment : null;
  } catch {
    return null;
  }
}

function date(text: string | null): Date | null {
  if (text === null) return null;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new TypeError(`not a time: ${text}`);
  return at;
}
