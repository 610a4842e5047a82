/** Real stores for a test: an own copy of the migrated database, an own logical Redis, or whole servers to be ill-treated. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { inject } from 'vitest';
import { templateName } from './names.js';

async function asSuperuser(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(name: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Connection string of a fresh, migrated, empty database (60 ms). It goes with the run; a test that makes many drops them itself. */
export async function createDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asSuperuser((client) => client.query(`create database ${name} template ${templateName}`));
  return databaseUrl(name);
}

/** Connection string of a fresh database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asSuperuser((client) => client.query(`create database ${name} template template0`));
  return databaseUrl(name);
}

/** Drops a database made here, whoever is still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  await asSuperuser((client) => client.query(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`));
}

/**
 * Connection string of a logical Redis database that nobody else has in this run. Keys are apart and FLUSHDB is safe;
 * channels and FLUSHALL are not: for those start a server of your own with `makeDataFolder()` and `startRedis`.
 */
export async function redisUrl(): Promise<string> {
  const client = new Redis(inject('redisUrl'));
  try {
    return `${inject('redisUrl')}/${await client.incr('databases in use')}`;
  } finally {
    client.disconnect();
  }
}

/** A temporary data folder that root's stores can be placed in. It goes with the run; stores that were started in it end with `removeDataFolder`. */
export function makeDataFolder(): string {
  const dataDir = mkdtempSync(join(inject('runFolder'), 'own-'));
  chmodSync(dataDir, 0o755);
  return dataDir;
}
