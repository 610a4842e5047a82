/**
 * Applies `prisma/migrations` to a database. Keeps Prisma's own table, `_prisma_migrations`, and takes Prisma's own lock,
 * so that `prisma migrate deploy` and `prisma migrate status` agree with it and either may go first.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { durabilityFault } from './durability.js';

/** The repository's migrations; the same from `src/` and from `dist/`. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** The advisory lock that Prisma's engine holds while it migrates. */
const prismaLock = 72707369;

export interface MigrationReport {
  /** Names of the migrations applied now, in order; empty when the database was up to date. */
  readonly applied: readonly string[];
  /** What is odd and yet no reason to stop, for the log. */
  readonly warnings: readonly string[];
}

export interface MigrateOptions {
  /** Folder with one folder a migration, each holding `migration.sql`. Default: the repository's. */
  readonly folder?: string;
  /** How long another runner may hold the lock, and others may hold a table that a migration changes, before this gives up. Default 60,000. */
  readonly lockTimeoutMs?: number;
}

/**
 * A statement that waits for a table makes all who come after it wait as well, readers too. So it gives up before instances that serve give up
 * on their events (2.5 s), lets them pass, and tries again.
 */
const tablePatienceMs = 1_000;
const pauseMs = 500;
const lockNotAvailable = '55P03';

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface AppliedRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolled_back: boolean;
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Brings the database up to date. Each migration is one transaction together with its row, so that a fault or a kill
 * leaves it wholly applied or not at all. Of two runners at once, one applies and the other waits and finds nothing to do.
 *
 * @param url connection string of the database
 * @throws when a migration fails, when one was left half done by another tool, or when the lock is not free in time
 */
export async function migrate(
  url: string,
  { folder = migrationsFolder, lockTimeoutMs = 60_000 }: MigrateOptions = {},
): Promise<MigrationReport> {
  const migrations = readMigrations(folder);
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'bellwether migrate' });
  // A lost connection also rejects the query under way, which is where it is dealt with.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`set lock_timeout = ${Math.round(lockTimeoutMs)}`);
    await client.query('set client_min_messages = warning');
    // Held by the session: given back by end(), also when this process dies.
    await client.query('select pg_advisory_lock($1)', [prismaLock]);
    await client.query(`set lock_timeout = ${Math.min(tablePatienceMs, Math.round(lockTimeoutMs))}`);
    const report = await applyMissing(client, migrations, performance.now() + lockTimeoutMs);
    const fault = await durabilityFault(client);
    return fault === null ? report : { ...report, warnings: [...report.warnings, `${fault}.`] };
  } finally {
    await client.end();
  }
}

async function applyMissing(client: Client, migrations: readonly Migration[], until: number): Promise<MigrationReport> {
  await client.query(`create table if not exists _prisma_migrations (
    id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
    logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);
  const { rows } = await client.query<AppliedRow>(`
    select migration_name, checksum, finished_at is not null as finished, rolled_back_at is not null as rolled_back
    from _prisma_migrations order by started_at`);
  const broken = rows.find((row) => !row.finished && !row.rolled_back);
  if (broken) {
    throw new Error(
      `Migration ${broken.migration_name} was begun and not finished. Look at what it left, then mark it with "prisma migrate resolve".`,
    );
  }
  const done = new Map(rows.filter((row) => row.finished && !row.rolled_back).map((row) => [row.migration_name, row.checksum]));
  const warnings: string[] = [];
  const applied: string[] = [];
  for (const migration of migrations) {
    const checksum = done.get(migration.name);
    if (checksum === undefined) {
      await applyOne(client, migration, until);
      applied.push(migration.name);
    } else if (checksum !== migration.checksum) {
      warnings.push(`Migration ${migration.name} was changed after it had been applied.`);
    }
  }
  const known = new Set(migrations.map((migration) => migration.name));
  const foreign = [...done.keys()].filter((name) => !known.has(name));
  if (foreign.length > 0) warnings.push(`The database has migrations that this version does not know: ${foreign.join(', ')}.`);
  return { applied, warnings };
}

/** @param until by the clock of `performance`: when it no longer tries again to get hold of a table */
async function applyOne(client: Client, migration: Migration, until: number): Promise<void> {
  const { name, sql, checksum } = migration;
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) values ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => {});
    if ((cause as { code?: string }).code === lockNotAvailable && performance.now() < until) {
      await delay(pauseMs);
      return applyOne(client, migration, until);
    }
    throw new Error(`Migration ${name} failed and was rolled back: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
