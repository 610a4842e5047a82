/** The connections of one instance to its stores, apart for each kind of work. */
import type { ReadyConfig } from './config.js';
import { createPool } from './postgres/database.js';
import { createReplica } from './postgres/replica.js';
import { tracePool } from './postgres/traced-pool.js';
import { createRedisConnections } from './redis/connections.js';
import { traceRedisCommands } from './redis/traced-commands.js';
import type { Tracer } from './services/tracer.js';
import type { Log } from './telemetry/log.js';

/** Opens them; nothing is asked of a store yet. @param tracer null: what they do is not traced */
export function openStoreConnections(
  { databaseUrl, replica: replicaConfig, redis: urls }: Pick<ReadyConfig, 'databaseUrl' | 'replica' | 'redis'>,
  { log, tracer }: { readonly log: Log; readonly tracer: Tracer | null },
) {
  // Events have connections of their own, so that neither readers nor jobs keep them waiting; so has what visitors wait for.
  // Both give up soon on a store that hangs. Guardrails need one to be alone at it and one to ask by:
  // jobs that keep all of theirs busy do not keep harm out of sight.
  const pools = {
    reads: createPool(databaseUrl, 10),
    ingest: createPool(databaseUrl, 2, 2_500),
    lookup: createPool(databaseUrl, 4, 2_500),
    jobs: createPool(databaseUrl, 5, 30_000),
    guardrails: createPool(databaseUrl, 2, 30_000),
  };
  const replica = replicaConfig && createReplica({ primary: pools.reads, log, ...replicaConfig });
  if (tracer) for (const pool of [...Object.values(pools), ...(replica ? [replica.pool] : [])]) tracePool(pool, tracer);
  const redis = createRedisConnections({ ...urls, log });
  const endRedisTracing = tracer ? traceRedisCommands(tracer) : () => {};
  return {
    pools,
    /** null: there is none. It is followed once it is started. */
    replica,
    redis,
    async close(): Promise<void> {
      await redis.close();
      endRedisTracing();
      await replica?.stop();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}
