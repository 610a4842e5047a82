import { statfs } from 'node:fs/promises';
import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { createReading } from './reading.js';
import { register } from './register.js';

/** Connections to PostgreSQL, as pg's pool counts them. */
export interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number };
}

export interface RedisMemory {
  readonly usedBytes: number;
  /** 0: unbounded. */
  readonly maxBytes: number;
}

export interface ReplicaState {
  readonly isUsed: boolean;
  readonly behindMs: number | null;
  /** Reads that something is decided from, by who answered them. */
  readonly decisionReads: { readonly replica: number; readonly primary: number };
}

export interface StoresParts {
  /** Asks each store for as little as it can; rejects while it is away. */
  readonly pings: Readonly<Record<string, () => Promise<unknown>>>;
  readonly redisMemory: Readonly<Record<string, () => Promise<RedisMemory>>>;
  readonly pools: Readonly<Record<string, Pool>>;
  /** How it stands with the replica; null: there is none. */
  readonly replica: (() => ReplicaState) | null;
  readonly definitions: { asOf(): Date | null; source(): 'stores' | 'snapshot' | null };
  /** Folder of embedded stores; null when there are none. */
  readonly dataDir: string | null;
}

/** What the service stands on. */
export function watchStores(registry: Registry, { pings, redisMemory, pools, replica, definitions, dataDir }: StoresParts): void {
  watchPings(registry, pings);
  watchRedisMemory(registry, redisMemory);
  watchPools(registry, pools);
  watchReplica(registry, replica);
  createGauge(registry, {
    name: 'bellwether_definitions_age_seconds',
    help: 'How old the definitions are that assignments are served from.',
    over: 'max',
    read() {
      const asOf = definitions.asOf();
      return asOf && (Date.now() - asOf.getTime()) / 1_000;
    },
  });
  createGauge(registry, {
    name: 'bellwether_definitions_restored',
    help: '1 while definitions come from the snapshot on disk.',
    over: 'max',
    read: () => (definitions.source() === 'snapshot' ? 1 : 0),
  });
  watchDisk(registry, dataDir);
}

function watchPings(registry: Registry, pings: StoresParts['pings']): void {
  const stores = Object.entries(pings).map(([store, ping]) => {
    const timed = createReading(async () => {
      const from = performance.now();
      await ping();
      return (performance.now() - from) / 1_000;
    });
    return async () => [{ store }, await timed()] as const;
  });
  const all = () => Promise.all(stores.map((latency) => latency()));
  createGauge(registry, {
    name: 'bellwether_store_up',
    help: '1 when the store answered within a second.',
    over: 'min',
    read: async () => (await all()).map(([labels, latency]) => [labels, latency === null ? 0 : 1] as const),
  });
  createGauge(registry, {
    name: 'bellwether_store_latency_seconds',
    help: 'How long a minimal question to the store took.',
    over: 'max',
    read: async () => (await all()).flatMap(([labels, latency]) => (latency === null ? [] : [[labels, latency] as const])),
  });
}

function watchRedisMemory(registry: Registry, memory: StoresParts['redisMemory']): void {
  const stores = Object.entries(memory).map(([store, ask]) => {
    const read = createReading(ask);
    return async () => [{ store }, await read()] as const;
  });
  const watch = (name: string, help: string, pick: (memory: RedisMemory) => number) =>
    createGauge(registry, {
      name,
      help,
      over: 'max',
      async read() {
        const all = await Promise.all(stores.map((read) => read()));
        return all.flatMap(([labels, found]) => (found ? [[labels, pick(found)] as const] : []));
      },
    });
  watch('bellwether_redis_memory_used_bytes', 'Memory that Redis uses.', ({ usedBytes }) => usedBytes);
  watch('bellwether_redis_memory_max_bytes', 'Memory that Redis may use; 0: unbounded.', ({ maxBytes }) => maxBytes);
  // Without a bound there is no share: the quotient is no number then, and left out.
  watch('bellwether_redis_memory_ratio', 'Used share of the memory that Redis may use.', ({ usedBytes, maxBytes }) => usedBytes / maxBytes);
}

function watchPools(registry: Registry, pools: StoresParts['pools']): void {
  const all = Object.entries(pools);
  createGauge(registry, {
    name: 'bellwether_pool_connections',
    help: 'Connections to PostgreSQL.',
    over: 'sum',
    read: () =>
      all.flatMap(([pool, { totalCount, idleCount }]) => [
        [{ pool, state: 'busy' }, totalCount - idleCount] as const,
        [{ pool, state: 'idle' }, idleCount] as const,
      ]),
  });
  createGauge(registry, {
    name: 'bellwether_pool_max_connections',
    help: 'The most connections to PostgreSQL.',
    over: 'sum',
    read: () => all.map(([pool, { options }]) => [{ pool }, options.max ?? Number.NaN] as const),
  });
  createGauge(registry, {
    name: 'bellwether_pool_waiting',
    help: 'Questions that wait for a connection.',
    over: 'sum',
    read: () => all.map(([pool, { waitingCount }]) => [{ pool }, waitingCount] as const),
  });
}

function watchReplica(registry: Registry, replica: StoresParts['replica']): void {
  const state = () => replica?.() ?? null;
  createGauge(registry, {
    name: 'bellwether_replica_used',
    help: '1 while the replica answers, 0 while it is left out.',
    over: 'min',
    read() {
      const found = state();
      return found && Number(found.isUsed);
    },
  });
  createGauge(registry, {
    name: 'bellwether_replica_behind_seconds',
    help: 'How old the answers of the replica may be.',
    over: 'max',
    read: () => (state()?.behindMs ?? Number.NaN) / 1_000,
  });
  const decisionReads = { name: 'bellwether_decision_reads_total', help: 'Reads that something is decided from, by who answered.' };
  register(registry, decisionReads, 'counter', 'sum', () => {
    const counts = Object.entries(state()?.decisionReads ?? {});
    return counts.map(([server, value]) => ({ labels: { server }, value }));
  });
}

function watchDisk(registry: Registry, dataDir: string | null): void {
  const read = createReading(async () => (dataDir === null ? null : statfs(dataDir)));
  createGauge(registry, {
    name: 'bellwether_disk_free_bytes',
    help: 'Free bytes on the disk of the data folder of embedded stores.',
    over: 'min',
    async read() {
      const disk = await read();
      return disk && disk.bavail * disk.bsize;
    },
  });
  createGauge(registry, {
    name: 'bellwether_disk_free_ratio',
    help: 'Free share of the disk of the data folder of embedded stores.',
    over: 'min',
    async read() {
      const disk = await read();
      return disk && disk.bavail / disk.blocks;
    },
  });
}
