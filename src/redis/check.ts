import { placesOf, readRedisAddress } from '../core/redis-address.js';
import { openClient, primariesOf } from './client.js';

/** What a server is used for. */
export type RedisUse = 'queue' | 'cache';

/** The server does not answer, as against one that answers and will not do. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * Whether a Redis can be used, asked once at the start: it answers, is young enough, and as a queue never evicts.
 * Under `allkeys-lru` ordinary cache writes push the queue's own keys out, and jobs vanish without a word.
 *
 * @throws Error in words for the person who starts the service, without the password
 */
export async function checkRedis(url: string, uses: readonly RedisUse[], timeoutMs = 5_000): Promise<void> {
  const address = readRedisAddress(url);
  const where = typeof address === 'string' ? 'an address that cannot be read' : placesOf(address);
  const infos = await infosOf(url, timeoutMs).catch((cause: Error) => {
    if (/cluster support disabled/.test(cause.message))
      throw new Error(`Redis at ${where} is no cluster; use redis://host:port for one server.`);
    throw new RedisAway(`Redis at ${where} does not answer: ${cause.message}`, { cause });
  });
  const isCluster = typeof address !== 'string' && address.kind === 'cluster';
  for (const info of infos) {
    const fault = faultOf(info, uses, isCluster);
    if (fault !== null) throw new Error(`Redis at ${where} ${fault}.`);
  }
}

/** What keeps a server from being used; null: nothing. */
function faultOf(info: string, uses: readonly RedisUse[], isCluster: boolean): string | null {
  const version = member(info, 'redis_version');
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version !== null && (major < 6 || (major === 6 && minor < 2))) return `is version ${version}; Bellwether needs 6.2 or later`;
  if (!isCluster && member(info, 'redis_mode') === 'cluster') return 'belongs to a cluster; use redis+cluster://host:port,host:port';
  const policy = member(info, 'maxmemory_policy');
  if (uses.includes('queue') && policy !== null && policy !== 'noeviction') {
    const cure = 'set "maxmemory-policy noeviction" there, or give the queue a server of its own with REDIS_QUEUE_URL';
    return `is used as a queue, but its maxmemory-policy is "${policy}", which loses jobs; ${cure}`;
  }
  return null;
}

/** Of each primary. INFO rather than CONFIG GET, which hosted servers often forbid. */
async function infosOf(url: string, timeoutMs: number): Promise<string[]> {
  const once = { lazyConnect: true, connectTimeout: timeoutMs } as const;
  const server = { ...once, retryStrategy: () => null, maxRetriesPerRequest: 0, sentinelRetryStrategy: () => null };
  const cluster = { lazyConnect: true, clusterRetryStrategy: () => null, slotsRefreshTimeout: timeoutMs };
  const client = openClient(url, { server, cluster, answerWithinMs: timeoutMs });
  let fault: Error | null = null;
  const note = (error: Error) => {
    fault ??= error;
  };
  client.on('error', note);
  client.on('node error', note);
  try {
    await client.connect();
    return await Promise.all(primariesOf(client).map((primary) => primary.info()));
  } catch (error) {
    // The first error names the cause; what follows only says that the connection is closed.
    throw fault ?? error;
  } finally {
    client.disconnect();
  }
}

/** The same for the servers of one configuration, which may be one. @throws as {@link checkRedis} */
export async function checkRedisUrls(
  { queueUrl, cacheUrl }: { readonly queueUrl: string; readonly cacheUrl: string },
  timeoutMs = 5_000,
): Promise<void> {
  if (queueUrl === cacheUrl) return checkRedis(queueUrl, ['queue', 'cache'], timeoutMs);
  await Promise.all([checkRedis(queueUrl, ['queue'], timeoutMs), checkRedis(cacheUrl, ['cache'], timeoutMs)]);
}

function member(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
}
