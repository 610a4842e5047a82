/** A PostgreSQL server of our own, for a machine that has none: made at the first start, found again at every later one. */
import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { placeStore, writePrivate } from './account.js';
import { freePort } from './ports.js';
import { postgresBinaries } from './postgres-binaries.js';
import { answers, clusterUser, ensureDatabase, initialise } from './postgres-cluster.js';
import { forgetDeadPostmaster, livingPostmaster, type Postmaster, patienceMs, waitUntilFree } from './postmaster.js';
import type { LaunchLog, Progress } from './progress.js';
import { adopt, launch, type StoreProcess, tailOf, terminate } from './store-process.js';
import { type Supervised, supervise } from './supervise.js';

export interface EmbeddedPostgres extends Supervised {
  /** Connection string of the database `bellwether`; the same over all lives of the server. */
  readonly url: string;
}

export interface PostgresOptions {
  /** Data folder of the installation; the server's own folder is made in it, or elsewhere when root must (see account.ts). */
  readonly dataDir: string;
  readonly log: LaunchLog;
  readonly progress?: Progress;
  /** Settings on top of the built-in ones, e.g. `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onDown?: (how: string) => void;
  readonly onUp?: () => void;
  /** Ends a start that is still under way. */
  readonly signal?: AbortSignal;
}

/** Replaying the log after a kill takes longest. */
const startTimeoutMs = 90_000;

/** Fit for a laptop. An acknowledged event must survive a power cut, so commits wait for the disk. */
const builtInSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  max_locks_per_transaction: '256',
  synchronous_commit: 'on',
  shared_buffers: `${sharedMegabytes()}MB`,
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  // Event ids come in no order: after each checkpoint nearly every one touches a page whose first change is logged whole. Rarer checkpoints, fewer such.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
} as const;

/**
 * An eighth of the memory there is, from 128 MB to 1 GB; pages are taken up only as data is used. Among ten million ids each event reads pages that no
 * other does, and those that were pushed out are written and read again.
 */
function sharedMegabytes(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.round(Math.min(1_024, Math.max(128, bytes / 8 / 2 ** 20)));
}

/** Fast shutdown; when a checkpoint takes too long, the immediate one, which the log makes good at the next start. */
const endSteps = [
  ['SIGINT', 3_500],
  ['SIGQUIT', 500],
  ['SIGKILL', 500],
] as const;

/**
 * Starts the server, or adopts the one that a killed start left running, and keeps it running until stopped.
 *
 * @throws when it does not come up, with the last lines of its log
 */
export async function startPostgres({
  dataDir,
  log,
  progress,
  settings,
  onDown,
  onUp,
  signal,
}: PostgresOptions): Promise<EmbeddedPostgres> {
  const { folder, account } = placeStore(dataDir, 'postgres');
  const binaries = postgresBinaries(account, dataDir);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    progress?.('PostgreSQL: making a new database cluster');
    await initialise({ data, passwordFile, account, initdb: binaries.initdb, signal });
  }
  const password = readFileSync(passwordFile, 'utf8').trim();
  const urlAt = (port: number, name: string) => `postgresql://${clusterUser}:${password}@127.0.0.1:${port}/${name}`;
  const portFile = join(folder, 'port');
  let port = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) || null : null;
  const logFile = join(folder, 'postgres.log');

  async function start(aborted: AbortSignal): Promise<StoreProcess> {
    const left = livingPostmaster(data);
    if (left && (await comesUp(left))) {
      progress?.(`PostgreSQL: found running (process ${left.pid})`);
      port = left.port;
      return adopt(left.pid);
    }
    if (left) {
      progress?.(`PostgreSQL: waiting for process ${left.pid} to let go of the data`);
      await waitUntilFree(data, left);
    }
    forgetDeadPostmaster(data);
    // Later lives keep the port: clients hold the address.
    if (!supervised) {
      port = await freePort(port);
      writePrivate(portFile, String(port), account);
    }
    const args = Object.entries({ ...builtInSettings, ...settings, port: String(port) }).flatMap(([key, value]) => [
      '-c',
      `${key}=${value}`,
    ]);
    const server = launch({ program: binaries.postgres, args: ['-D', data, ...args], cwd: folder, account, logFile });
    await ready(server, urlAt(port ?? 0, 'postgres'), aborted);
    return server;
  }

  async function comesUp(left: Postmaster): Promise<boolean> {
    const hopeless = () => (['starting', 'ready'].includes(livingPostmaster(data)?.status ?? '') ? null : 'It is going.');
    return answers(urlAt(left.port, 'postgres'), patienceMs, hopeless).then(
      () => true,
      () => false,
    );
  }

  async function ready(server: StoreProcess, url: string, aborted: AbortSignal): Promise<void> {
    let ended = false;
    void server.exited.then(() => {
      ended = true;
    });
    const onAbort = () => void terminate(server, endSteps);
    aborted.addEventListener('abort', onAbort, { once: true });
    try {
      if (aborted.aborted) onAbort();
      const how = await Promise.race([server.exited, answers(url, startTimeoutMs, () => (ended ? 'It ended.' : null)).then(() => null)]);
      if (how !== null) throw new Error(`PostgreSQL did not come up (${how}). The end of ${logFile}:\n${tailOf(logFile)}`);
    } catch (error) {
      await terminate(server, endSteps);
      throw error;
    } finally {
      aborted.removeEventListener('abort', onAbort);
    }
  }

  let supervised: Supervised | null = null;
  supervised = await supervise({
    name: 'PostgreSQL',
    start,
    endSteps,
    killSignal: 'SIGQUIT',
    log,
    ...(onDown ? { onDown } : {}),
    ...(onUp ? { onUp } : {}),
    ...(signal ? { signal } : {}),
  });
  try {
    await ensureDatabase(urlAt(port ?? 0, 'postgres'));
  } catch (error) {
    await supervised.stop();
    throw error;
  }
  progress?.(`PostgreSQL: ready on 127.0.0.1:${port}`);
  return { ...supervised, url: urlAt(port ?? 0, clusterUser) };
}
