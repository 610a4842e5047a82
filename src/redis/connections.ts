import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../services/log.js';

/**
 * The clients of one process, each with the patience that its use allows. Requests must not wait for a Redis that is away;
 * the queue must wait, for BullMQ's commands are not to be lost half way.
 */
export interface RedisConnections {
  /** For requests: fails within 50 ms, at once while the server is away; on the cache server. */
  readonly hot: Redis;
  /** For messages from other instances only; on the cache server. */
  readonly subscriber: Redis;
  /** A client as BullMQ wants it, on the queue server; closed with the others. */
  openQueueClient(): Redis;
  /** Ends all clients within half a second, whether their server answers or not. */
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  readonly cacheUrl: string;
  readonly queueUrl: string;
  readonly log: Log;
}

/** Longest wait for an answer on the hot path. */
export const hotTimeoutMs = 50;
const closeTimeoutMs = 500;
/** A restarted server is found again soon, and a dead one is not hammered. */
const retryStrategy = (attempt: number) => Math.min(50 * attempt, 1_000);

/** What all clients have in common. A dead peer is noticed by keep-alive, for a subscriber never writes. */
const common: RedisOptions = { retryStrategy, connectTimeout: 2_000, keepAlive: 5_000 };

/** Failing at once is what lets the caller go on without Redis; resending could do a command twice. */
const hot: RedisOptions = { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: hotTimeoutMs };

/** Subscribing again is ours, so that listeners hear of it only when messages flow again. */
const subscriber: RedisOptions = { ...common, maxRetriesPerRequest: null, autoResubscribe: false };

/** BullMQ refuses any other number of retries: its workers block on a command for seconds. */
const queue: RedisOptions = { ...common, maxRetriesPerRequest: null };

/** Opens the clients; they connect by themselves, now or when their server comes up. */
export function createRedisConnections({ cacheUrl, queueUrl, log }: RedisConnectionOptions): RedisConnections {
  const clients: Redis[] = [];

  function open(url: string, name: string, options: RedisOptions): Redis {
    const client = new Redis(url, { ...options, connectionName: `bellwether-${name}` });
    let isAway = false;
    client.on('error', (error: Error) => {
      if (!isAway) log.warn({ redis: name, err: error }, 'Redis is away.');
      isAway = true;
    });
    client.on('ready', () => {
      if (isAway) log.info({ redis: name }, 'Redis is back.');
      isAway = false;
    });
    clients.push(client);
    return client;
  }

  return {
    hot: open(cacheUrl, 'hot', hot),
    subscriber: open(cacheUrl, 'subscriber', subscriber),
    openQueueClient: () => open(queueUrl, 'queue', queue),
    async close() {
      await Promise.all(clients.splice(0).reverse().map(end));
    },
  };
}

/** Lets commands that were sent be answered, unless that takes too long. */
async function end(client: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  if (client.status === 'ready') {
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeTimeoutMs);
    });
    await Promise.race([
      client.quit().then(
        () => {},
        () => {},
      ),
      late,
    ]);
  }
  clearTimeout(timer);
  client.disconnect();
}
