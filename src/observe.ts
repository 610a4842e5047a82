/** Joins the metrics of an instance with what they are read from. */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { ReadyConfig } from './config.js';
import type { Replica } from './postgres/replica.js';
import { createVitals } from './postgres/vitals.js';
import type { Clockwork } from './queue/clockwork.js';
import type { RedisClient } from './redis/client.js';
import { createRedisVitals } from './redis/vitals.js';
import { periodOf } from './schedule/schedules.js';
import type { News } from './services/change.js';
import type { GroupCommit } from './services/group-commit.js';
import type { Outbox } from './services/outbox.js';
import type { Sweeps } from './services/ports.js';
import type { Reads } from './services/reads.js';
import type { Registry } from './services/registry.js';
import { createScheduledTurns } from './services/scheduled-turns.js';
import { createMetrics, type Metrics } from './telemetry/metrics/metrics.js';

/** Version of this release. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };

export function createInstanceMetrics({ role }: Pick<ReadyConfig, 'role'>, registry: Registry): Metrics {
  return createMetrics({ version, role, experiments: registry });
}

/** News for several listeners. */
export function toAll(...listeners: readonly News[]): News {
  return {
    allocated: (record) => listeners.forEach((listener) => void listener.allocated(record)),
    evaluated: (record) => listeners.forEach((listener) => void listener.evaluated(record)),
    alerted: (record) => listeners.forEach((listener) => void listener.alerted(record)),
  };
}

export interface ObservedParts {
  readonly config: Pick<ReadyConfig, 'role' | 'embedded' | 'dataDir'>;
  readonly pools: Readonly<Record<'reads' | 'ingest' | 'lookup' | 'jobs' | 'guardrails', pg.Pool>>;
  readonly replica: Pick<Replica, 'pool' | 'state'> | null;
  readonly cache: RedisClient;
  readonly queue: RedisClient;
  readonly registry: Registry;
  readonly commits: Pick<GroupCommit, 'waiting'>;
  readonly clockwork: Pick<Clockwork, 'queueState'>;
  /** Of the jobs' own connections. */
  readonly sweeps: Pick<Sweeps, 'ticks'>;
  readonly outbox: Pick<Outbox, 'backlog'>;
  readonly reads: Pick<Reads, 'openAlerts'>;
}

/** Lets the metrics look at the parts of the instance; what only jobs need to be seen, where jobs run. */
export function observe(metrics: Metrics, parts: ObservedParts): void {
  const { config, pools, replica, registry, commits, clockwork, sweeps, outbox, reads } = parts;
  const [cache, queue] = [createRedisVitals(parts.cache), createRedisVitals(parts.queue)];
  metrics.watchStores({
    pings: { postgres: createVitals(pools.lookup).ping, redis_cache: cache.ping, redis_queue: queue.ping },
    redisMemory: { redis_cache: cache.memory, redis_queue: queue.memory },
    pools: replica ? { ...pools, replica: replica.pool } : pools,
    replica: replica?.state ?? null,
    definitions: registry,
    dataDir: config.embedded ? config.dataDir : null,
    waitingEvents: commits.waiting,
  });
  if (config.role === 'api') return;
  const { hoursAhead, srmPValues } = createVitals(pools.jobs);
  metrics.watchJobs({
    queue: clockwork.queueState,
    hoursAhead,
    webhooks: outbox.backlog,
    openAlerts: reads.openAlerts,
    srmPValues,
    turns: createScheduledTurns({ sweeps, registry, evaluationPeriodMs: periodOf }),
  });
}
