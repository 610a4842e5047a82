import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';

/** Gives a data folder the Redis program that this run has fetched, where the machine has none: its own start need not fetch it again. */
export function lendRedis(packageDir: string, dataDir: string): void {
  const fetched = join(packageDir, 'redis-package');
  if (existsSync(fetched)) cpSync(fetched, join(dataDir, 'redis-package'), { recursive: true, verbatimSymlinks: true });
}
