/** Finds a Redis server program: on PATH, else from the system's own packages, fetched without installing anything. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, canRun, copyToShared } from './account.js';
import { fetchDebianPackage, librariesOf } from './debian-package.js';
import { systemPath } from './process-table.js';
import type { Progress } from './progress.js';

export interface RedisBinary {
  readonly program: string;
  /** Environment the program needs: where its libraries are, when it was unpacked rather than installed. */
  readonly env: NodeJS.ProcessEnv;
}

const programs = ['redis-server', 'valkey-server'] as const;
/** BullMQ advises 6.2; older ones also lack the protocol that the client speaks. */
const oldest = [6, 2] as const;

const run = promisify(execFile);

/** The first program on PATH (ours, then the system's) that is young enough. */
async function onPath(searchPath: string): Promise<string | null> {
  const folders = [...new Set([...searchPath.split(':'), ...systemPath.PATH.split(':')])].filter((folder) => folder.startsWith('/'));
  for (const program of programs.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if (!existsSync(program)) continue;
    const text = await run(program, ['--version'], { timeout: 10_000 }).then(
      ({ stdout }) => stdout,
      () => '',
    );
    const [, major, minor] = /v=(\d+)\.(\d+)/.exec(text) ?? [];
    const [wantedMajor, wantedMinor] = oldest;
    if (Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor)) return program;
  }
  return null;
}

/** The program inside an unpacked package, with its libraries; null when nothing is unpacked there. */
function unpacked(root: string): RedisBinary | null {
  const program = programs.map((name) => join(root, 'usr/bin', name)).find((path) => existsSync(path));
  if (!program) return null;
  return { program, env: { LD_LIBRARY_PATH: librariesOf(root) } };
}

export interface FindRedis {
  /** Who will run it. */
  readonly account: Account | null;
  /** Folder that keeps what is fetched. */
  readonly packageDir: string;
  /** PATH and proxies of the caller. */
  readonly env: NodeJS.ProcessEnv;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Every way to get a Redis, for the message when none was found. */
const ways = [
  'Bellwether needs Redis 6.2 or later (or Valkey) and found none. Any one of these gives it one:',
  '  apt-get install redis-server            Debian, Ubuntu',
  '  brew install valkey                     macOS',
  '  docker compose up -d                    with the docker-compose.yml here',
  '  REDIS_URL=redis://host:6379 npm start   a server that runs elsewhere',
].join('\n');

/**
 * @returns a program that the account can run
 * @throws when there is none and none can be fetched: one message with all ways to get one
 */
export async function findRedis({ account, packageDir, env, progress, signal }: FindRedis): Promise<RedisBinary> {
  const installed = await onPath(env.PATH ?? '');
  if (installed && canRun(account, installed, ['--version']) === null) return { program: installed, env: {} };
  const root = join(packageDir, 'redis-package');
  if (!unpacked(root)) {
    progress?.('Redis: none installed; fetching the package of this system into the data folder');
    await fetchDebianPackage({ names: programs, target: root, env, signal }).catch((cause: Error) => {
      throw new Error(`${ways}\nFetching the package failed: ${cause.message}`, { cause });
    });
  }
  const mine = unpacked(root);
  if (!mine) throw new Error(ways);
  if (canRun(account, mine.program, ['--version'], mine.env) === null) return mine;
  // Root's folder that the account cannot enter.
  const shared = account ? unpacked(copyToShared(root, 'redis-package')) : null;
  const fault = shared && canRun(account, shared.program, ['--version'], shared.env);
  if (!shared || fault !== null) throw new Error(`${ways}\nThe fetched one does not run: ${fault ?? mine.program}`);
  return shared;
}
