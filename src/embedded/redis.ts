/**
 * A Redis of our own, for a machine that has none running. It keeps nothing on disk: schedules are made again from PostgreSQL,
 * and everything else in it is a copy. So a crash costs a second, and there is no second truth to keep in step with the first.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { placeStore, writePrivate } from './account.js';
import { freePort } from './ports.js';
import { lookUp } from './process-table.js';
import type { LaunchLog, Progress } from './progress.js';
import { findRedis } from './redis-binary.js';
import { adopt, launch, type StoreProcess, tailOf, terminate } from './store-process.js';
import { type Supervised, supervise } from './supervise.js';

export interface EmbeddedRedis extends Supervised {
  /** Connection string; the same over all lives of the server. */
  readonly url: string;
}

export interface RedisOptions {
  /** Data folder of the installation. */
  readonly dataDir: string;
  /** Folder that keeps a fetched server program; default the data folder. */
  readonly packageDir?: string;
  /** PATH, where an installed server is looked for, and proxies, should it have to be fetched. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: LaunchLog;
  readonly progress?: Progress;
  /** Lines added to the server's configuration, e.g. `['databases 512']` for tests. */
  readonly settings?: readonly string[];
  readonly onDown?: (how: string) => void;
  readonly onUp?: () => void;
  /** Ends a start that is still under way. */
  readonly signal?: AbortSignal;
}

const startTimeoutMs = 10_000;
const endSteps = [
  ['SIGTERM', 2_000],
  ['SIGKILL', 500],
] as const;

/**
 * Starts the server, or adopts the one that a killed start left running, and keeps it running until stopped.
 *
 * @throws when there is no server program (with all ways to get one), or when it does not come up, with the last lines of its log
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedRedis> {
  const { dataDir, packageDir = dataDir, env, log, progress, settings = [], onDown, onUp, signal } = options;
  const { folder, account } = placeStore(dataDir, 'redis');
  const file = (name: string) => join(folder, name);
  if (!existsSync(file('password'))) writePrivate(file('password'), `${randomBytes(24).toString('base64url')}\n`, account);
  const password = readFileSync(file('password'), 'utf8').trim();
  let port = existsSync(file('port')) ? Number(readFileSync(file('port'), 'utf8')) || null : null;
  const urlAt = (at: number) => `redis://:${password}@127.0.0.1:${at}`;

  async function start(aborted: AbortSignal): Promise<StoreProcess> {
    const left = livingServer();
    if (left !== null && port !== null) {
      if (await answers(urlAt(port), left, startTimeoutMs / 2, () => lookUp(left) === null)) {
        progress?.(`Redis: found running (process ${left})`);
        return adopt(left);
      }
      await terminate(adopt(left), endSteps);
    }
    if (!supervised) {
      port = await freePort(port);
      writePrivate(file('port'), String(port), account);
    }
    rmSync(file('redis.pid'), { force: true });
    writePrivate(file('redis.conf'), configuration(port ?? 0), account);
    const { program, env: binaryEnv } = await findRedis({ account, packageDir, env, progress, signal: aborted });
    const server = launch({ program, args: [file('redis.conf')], cwd: folder, account, env: binaryEnv, logFile: file('redis.log') });
    return ready(server, aborted);
  }

  /** Pid of the server that the pid file names, when it lives and serves this folder. */
  function livingServer(): number | null {
    const pid = existsSync(file('redis.pid')) ? Number(readFileSync(file('redis.pid'), 'utf8')) : 0;
    // The server rewrites its command line to program, address and port: all three are ours.
    const command = lookUp(pid)?.command ?? '';
    return /\b(redis|valkey)-server\b/.test(command) && command.includes(`127.0.0.1:${port}`) ? pid : null;
  }

  function configuration(at: number): string {
    const lines = [
      'bind 127.0.0.1',
      `port ${at}`,
      `requirepass ${password}`,
      `dir ${JSON.stringify(folder)}`,
      `pidfile ${JSON.stringify(file('redis.pid'))}`,
      'daemonize no',
      'save ""',
      'appendonly no',
      'maxmemory-policy noeviction',
      ...settings,
    ];
    return `${lines.join('\n')}\n`;
  }

  async function ready(server: StoreProcess, aborted: AbortSignal): Promise<StoreProcess> {
    let how: string | null = null;
    void server.exited.then((text) => {
      how = text;
    });
    const onAbort = () => void terminate(server, endSteps);
    aborted.addEventListener('abort', onAbort, { once: true });
    const up = await answers(urlAt(port ?? 0), server.pid, startTimeoutMs, () => how !== null || aborted.aborted);
    aborted.removeEventListener('abort', onAbort);
    if (up && !aborted.aborted) return server;
    await terminate(server, endSteps);
    if (aborted.aborted) throw new Error('Redis was stopped while it started.');
    throw new Error(`Redis did not come up (${how ?? 'no answer'}). The end of ${file('redis.log')}:\n${tailOf(file('redis.log'))}`);
  }

  let supervised: Supervised | null = null;
  supervised = await supervise({
    name: 'Redis',
    start,
    endSteps,
    killSignal: 'SIGKILL',
    log,
    ...(onDown ? { onDown } : {}),
    ...(onUp ? { onUp } : {}),
    ...(signal ? { signal } : {}),
  });
  progress?.(`Redis: ready on 127.0.0.1:${port}`);
  return { ...supervised, url: urlAt(port ?? 0) };
}

/** Whether the server with this pid answers at the address before the time is over or it is hopeless. */
async function answers(url: string, pid: number, timeoutMs: number, hopeless: () => boolean): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const client = new Redis(url, {
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: 1_000,
      commandTimeout: 1_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const info = await client.info('server');
      if (info.includes(`process_id:${pid}\r`)) return true;
    } catch {
      // Not yet.
    } finally {
      client.disconnect();
    }
    if (hopeless()) return false;
    await delay(10);
  }
  return false;
}
