/**
 * Before all tests: one PostgreSQL cluster and one Redis in a temporary folder of this run, and a migrated template database
 * that `createDatabase()` copies. After them: everything is gone. Nothing is shared with a running `npm start`.
 *
 * Other versions of either are tried by TEST_POSTGRES_URL (a superuser's) and TEST_REDIS_URL: servers with nothing else on them, for what is in
 * the way is deleted; PostgreSQL with 300 connections, Redis with 1024 databases. Tests that ill-treat a server start one of their own as before.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { claimFolder } from '../../src/embedded/claim.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { type EmbeddedRedis, startRedis } from '../../src/embedded/redis.js';
import { migrate } from '../../src/postgres/migrate.js';
import { removeDataFolder } from './left-overs.js';
import { packageDir, templateName } from './names.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the run's cluster, database `postgres`. */
    postgresUrl: string;
    /** Connection string of the run's Redis, logical database 0, which only counts the others. */
    redisUrl: string;
    /** The run's temporary folder; everything in it goes when the run ends. */
    runFolder: string;
  }
}

const prefix = 'bellwether-test-';
const quiet = { info: () => {}, warn: (fields: object, message: string) => console.warn(message, fields), error: console.error };

/** A run that was killed leaves its servers running: end them. Folders of living runs, and of other users, are left alone. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const dataDir = join(tmpdir(), name);
    // Without an owner it was made a moment ago, by a run that is about to claim it.
    if (!existsSync(join(dataDir, 'owner.json'))) continue;
    try {
      claimFolder(dataDir);
    } catch {
      continue;
    }
    await removeDataFolder(dataDir);
  }
}

async function makeTemplate(server: string): Promise<string> {
  const url = new URL(server);
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`drop database if exists ${templateName} with (force)`);
  await client.query(`create database ${templateName}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${templateName}`;
  await migrate(template.href);
  return url.href;
}

/** Address of a server that was given, emptied; null: none was. */
async function givenRedis(): Promise<string | null> {
  const url = process.env.TEST_REDIS_URL;
  if (!url) return null;
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
  return url.replace(/\/$/, '');
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweep();
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  // As root the stores run as another user, who must be able to enter.
  chmodSync(dataDir, 0o755);
  const claim = claimFolder(dataDir);
  project.provide('runFolder', dataDir);
  const started: (EmbeddedPostgres | EmbeddedRedis)[] = [];
  const teardown = async () => {
    await Promise.all(started.map((store) => store.stop()));
    claim.release();
    await removeDataFolder(dataDir);
  };
  try {
    // Nothing here outlives the run, so nothing waits for the disk.
    const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '300', autovacuum: 'off' };
    const kept = async <Store extends EmbeddedPostgres | EmbeddedRedis>(starting: Promise<Store>): Promise<Store> => {
      const store = await starting;
      started.push(store);
      return store;
    };
    const startOwnRedis = async () =>
      (await kept(startRedis({ dataDir, packageDir, env: process.env, log: quiet, settings: ['databases 1024'] }))).url;
    const [postgresUrl, redisUrl] = await Promise.all([
      process.env.TEST_POSTGRES_URL || kept(startPostgres({ dataDir, log: quiet, settings })).then(({ url }) => url),
      givenRedis().then((url) => url ?? startOwnRedis()),
    ]);
    project.provide('postgresUrl', await makeTemplate(postgresUrl));
    project.provide('redisUrl', redisUrl);
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}
