import { Redis } from 'ioredis';

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
  const where = addressOf(url);
  const info = await infoOf(url, timeoutMs).catch((cause: Error) => {
    throw new RedisAway(`Redis at ${where} does not answer: ${cause.message}`, { cause });
  });
  const version = member(info, 'redis_version');
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version !== null && (major < 6 || (major === 6 && minor < 2))) {
    throw new Error(`Redis at ${where} is version ${version}; Bellwether needs 6.2 or later.`);
  }
  const policy = member(info, 'maxmemory_policy');
  if (uses.includes('queue') && policy !== null && policy !== 'noeviction') {
    const cure = 'set "maxmemory-policy noeviction" there, or give the queue a server of its own with REDIS_QUEUE_URL';
    throw new Error(`Redis at ${where} is used as a queue, but its maxmemory-policy is "${policy}", which loses jobs; ${cure}.`);
  }
}

/** INFO rather than CONFIG GET, which hosted servers often forbid. */
async function infoOf(url: string, timeoutMs: number): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
  let fault: Error | null = null;
  client.on('error', (error: Error) => {
    fault ??= error;
  });
  try {
    await client.connect();
    return await client.info();
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

/** Host and port alone. */
function addressOf(url: string): string {
  try {
    const { hostname, port } = new URL(url);
    return `${hostname}:${port || 6379}`;
  } catch {
    return 'an address that cannot be read';
  }
}
