/** PostgreSQL and Redis for benchmarks: those that DATABASE_URL and REDIS_URL lend, else our own in a temporary folder. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startRedis } from '../../src/embedded/redis.js';
import { migrate } from '../../src/postgres/migrate.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';

export interface BenchStores {
  /** Of the cluster, database `postgres`. */
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** First process of our own PostgreSQL, for its CPU time; null when it is lent. */
  readonly postgresPid: number | null;
  /** Address of a fresh, migrated, empty database, dropped at the end of the run. */
  createDatabase(): Promise<string>;
  close(): Promise<void>;
}

const log = { info: () => {}, warn: (fields: object, message: string) => console.error(message, fields), error: console.error };

/** Our own keep what they commit as in production: they wait for the disk. */
export async function openStores(env: NodeJS.ProcessEnv = process.env): Promise<BenchStores> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
  // As root the stores run as another user, who must be able to enter.
  chmodSync(dataDir, 0o755);
  const [postgres, redis] = await Promise.all([
    env.DATABASE_URL ? null : startPostgres({ dataDir, log }),
    env.REDIS_URL ? null : startRedis({ dataDir, packageDir, env, log }),
  ]);
  const clusterUrl = new URL(env.DATABASE_URL ?? postgres?.url ?? '');
  const made: string[] = [];

  async function asSuperuser(...statements: string[]): Promise<void> {
    const url = new URL(clusterUrl);
    url.pathname = '/postgres';
    const client = new Client({ connectionString: url.href });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  return {
    postgresUrl: clusterUrl.href,
    redisUrl: env.REDIS_URL ?? redis?.url ?? '',
    postgresPid: postgres?.pid() ?? null,
    async createDatabase() {
      const name = `bench_${randomUUID().replaceAll('-', '')}`;
      await asSuperuser(`create database ${name}`);
      made.push(name);
      const url = new URL(clusterUrl);
      url.pathname = `/${name}`;
      await migrate(url.href);
      return url.href;
    },
    async close() {
      if (!postgres) await asSuperuser(...made.map((name) => `drop database ${name} with (force)`));
      await Promise.all([postgres?.stop(), redis?.stop()]);
      await removeDataFolder(dataDir);
    },
  };
}
