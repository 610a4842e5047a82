/** What is done to a cluster before it serves: made, given its database, waited for. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Account, asAccount, writePrivate } from './account.js';
import { systemPath } from './process-table.js';

/** Name of the superuser and of the database that the service uses. */
export const clusterUser = 'bellwether';

export interface Initialisation {
  /** Final place of the cluster; what is made lies beside it until it is whole. */
  readonly data: string;
  /** Gets the superuser's password; readable by the account alone. */
  readonly passwordFile: string;
  readonly account: Account | null;
  readonly initdb: string;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a cluster and moves it to its place whole, so that a kill in the middle leaves nothing half made. */
export async function initialise({ data, passwordFile, account, initdb, signal }: Initialisation): Promise<void> {
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  // initdb reads it as the account.
  writePrivate(passwordFile, `${randomBytes(24).toString('base64url')}\n`, account);
  const args = ['-D', draft, '-U', clusterUser, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'];
  await promisify(execFile)(initdb, [...args, '--locale-provider=builtin', '--locale=C.UTF-8'], {
    ...asAccount(account),
    cwd: '/',
    env: { ...systemPath, LC_ALL: 'C', TZ: 'UTC' },
    ...(signal ? { signal } : {}),
  }).catch((cause: Error & { stderr?: string }) => {
    throw new Error(`initdb failed: ${cause.stderr?.trim() || cause.message}`, { cause });
  });
  renameSync(draft, data);
}

/** Makes the service's database when it is missing. @param url of the database `postgres` */
export async function ensureDatabase(url: string): Promise<void> {
  const client = await connect(url);
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [clusterUser]);
    if (rowCount === 0) await client.query(`create database ${clusterUser}`);
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  return client;
}

const invalidPassword = '28P01';

/**
 * Resolves at the first connection that succeeds; the log is not read for it, as its words depend on the language.
 *
 * @param hopeless asked after each failure: why it is no use to go on, or null
 * @throws when it is hopeless, when the time is over, or when the server knows another password
 */
export async function answers(url: string, timeoutMs: number, hopeless: () => string | null): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      const client = await connect(url);
      await client.end();
      return;
    } catch (cause) {
      if ((cause as { code?: string }).code === invalidPassword)
        throw new Error('PostgreSQL does not know the password kept beside its data.', { cause });
      const why = hopeless() ?? (Date.now() > end ? `PostgreSQL did not answer within ${timeoutMs / 1000} s.` : null);
      if (why !== null) throw new Error(why, { cause });
      await delay(20);
    }
  }
}
