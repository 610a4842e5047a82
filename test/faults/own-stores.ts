/** A PostgreSQL and a Redis of a test's own, to be frozen, killed and brought back at the same addresses. */
import { Client } from 'pg';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { sendSignal } from '../../src/embedded/process-table.js';
import { type EmbeddedRedis, startRedis } from '../../src/embedded/redis.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';

const log = { info: () => {}, warn: () => {}, error: () => {} };

export type OwnStores = Awaited<ReturnType<typeof startOwnStores>>;

/** @param settings of PostgreSQL, on top of those that the service gives its own */
export async function startOwnStores({ settings = {} }: { readonly settings?: Readonly<Record<string, string>> } = {}) {
  const dataDir = makeDataFolder();
  let postgres: EmbeddedPostgres | null = null;
  let redis: EmbeddedRedis | null = null;
  let frozen: number[] = [];

  async function start(): Promise<void> {
    const starting = [startPostgres({ dataDir, log, settings }), startRedis({ dataDir, packageDir, env: process.env, log })] as const;
    [postgres, redis] = await Promise.all(starting);
  }

  /** Every process of the server: those that serve a connection go on when the first one alone is stopped. */
  async function freezePostgres(): Promise<void> {
    const first = postgres?.pid() ?? 0;
    const client = new Client({ connectionString: postgres?.url });
    client.on('error', () => {});
    await client.connect();
    sendSignal(first, 'SIGSTOP');
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity where pid <> pg_backend_pid()');
    frozen.push(first, ...rows.map((row) => row.pid));
    for (const { pid } of rows) sendSignal(pid, 'SIGSTOP');
    client.end().catch(() => {});
  }

  function thaw(): void {
    for (const pid of frozen) sendSignal(pid, 'SIGCONT');
    frozen = [];
  }

  /** Kills both with SIGKILL; they stay away until `start`. */
  async function kill(): Promise<void> {
    thaw();
    const both = [postgres, redis];
    for (const store of both) sendSignal(store?.pid() ?? 0, 'SIGKILL');
    await Promise.all(both.map((store) => store?.stop()));
  }

  await start();
  return {
    urls: { DATABASE_URL: (postgres as EmbeddedPostgres | null)?.url ?? '', REDIS_URL: (redis as EmbeddedRedis | null)?.url ?? '' },
    start,
    kill,
    thaw,
    /** Both hold every answer back, as behind a network that swallows packets. */
    async freeze(): Promise<void> {
      sendSignal(redis?.pid() ?? 0, 'SIGSTOP');
      frozen.push(redis?.pid() ?? 0);
      await freezePostgres();
    },
    /** Kills PostgreSQL alone with SIGKILL; it is started again at once. */
    killPostgres: () => sendSignal(postgres?.pid() ?? 0, 'SIGKILL'),
    async remove(): Promise<void> {
      await kill();
      await removeDataFolder(dataDir);
    },
  };
}
