/** Ends and removes what a data folder of a test holds, wherever its stores were placed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { storesHome } from '../../src/embedded/account.js';
import { livingPostmaster } from '../../src/embedded/postmaster.js';
import { lookUp, sendSignal } from '../../src/embedded/process-table.js';
import { isGoneWithin } from '../../src/embedded/store-process.js';

/** Pids of the stores that live in the folder, for tests that ill-treat them. */
export function livingStores(dataDir: string): { readonly postgres: number | null; readonly redis: number | null } {
  const home = storesHome(dataDir);
  const pidFile = join(home, 'redis', 'redis.pid');
  const redis = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  return {
    postgres: livingPostmaster(join(home, 'postgres', 'data'))?.pid ?? null,
    redis: /(redis|valkey)-server/.test(lookUp(redis)?.command ?? '') ? redis : null,
  };
}

/** Whether every store in the folder is gone before the time is over. */
export async function storesEnd(dataDir: string, waitMs: number): Promise<boolean> {
  const { postgres, redis } = livingStores(dataDir);
  const gone = await Promise.all([postgres, redis].map((pid) => pid === null || isGoneWithin(pid, waitMs)));
  return gone.every(Boolean);
}

/** Ends the stores without ceremony and removes the folder and what lies elsewhere for it. */
export async function removeDataFolder(dataDir: string): Promise<void> {
  const { postgres, redis } = livingStores(dataDir);
  if (postgres) sendSignal(postgres, 'SIGQUIT');
  if (redis) sendSignal(redis, 'SIGKILL');
  for (const pid of [postgres, redis]) if (pid) await isGoneWithin(pid, 5_000);
  const home = storesHome(dataDir);
  for (const folder of new Set([home, dataDir])) rmSync(folder, { recursive: true, force: true });
}
