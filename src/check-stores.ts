/** Whether the stores that the environment names can be used from here, for `bellwether doctor`. */
import { storeAddresses } from './config.js';
import { createPool } from './postgres/database.js';
import { durabilityFault } from './postgres/durability.js';
import { checkRedis } from './redis/check.js';

export interface StoreCheck {
  readonly store: 'postgres' | 'redis';
  readonly isFit: boolean;
  /** What was found, in words; addresses without their passwords. */
  readonly detail: string;
}

/** Of each store that is named; none for an embedded one, which its server watches. @throws ConfigError naming every address that cannot be read */
export async function checkStores(): Promise<readonly StoreCheck[]> {
  const { databaseUrl, redis } = storeAddresses();
  const checks: Promise<StoreCheck>[] = [];
  if (databaseUrl !== null) checks.push(told('postgres', 'answers, and commits wait for the disk', () => askPostgres(databaseUrl)));
  if (redis !== null && redis.queueUrl === redis.cacheUrl) {
    checks.push(told('redis', 'queue and cache: answers and does not evict', () => checkRedis(redis.queueUrl, ['queue', 'cache'])));
  } else if (redis !== null) {
    checks.push(told('redis', 'queue: answers and does not evict', () => checkRedis(redis.queueUrl, ['queue'])));
    checks.push(told('redis', 'cache: answers', () => checkRedis(redis.cacheUrl, ['cache'])));
  }
  return Promise.all(checks);
}

async function told(store: StoreCheck['store'], detail: string, check: () => Promise<void>): Promise<StoreCheck> {
  try {
    await check();
    return { store, isFit: true, detail };
  } catch (error) {
    return { store, isFit: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function askPostgres(url: string): Promise<void> {
  const pool = createPool(url, 1, 5_000);
  try {
    const client = await pool.connect();
    const fault = await durabilityFault(client).finally(() => client.release());
    if (fault !== null) throw new Error(fault);
  } finally {
    await pool.end();
  }
}
