import type { RedisOptions } from 'ioredis';
import type { Log } from '../services/log.js';
import { openClient, type RedisClient, type RedisManner } from './client.js';

/**
 * The clients of one process, each with the patience that its use allows. Requests must not wait for a Redis that is away;
 * the queue must wait, for BullMQ's commands are not to be lost half way.
 */
export interface RedisConnections {
  /** For requests: fails within {@link hotTimeoutMs}, at once while the server is away; on the cache server. */
  readonly hot: RedisClient;
  /** For messages from other instances only; on the cache server. */
  readonly subscriber: RedisClient;
  /** For looks at how the cache server is: fails after a second, at once while the server is away. */
  readonly probe: RedisClient;
  /** A client as BullMQ wants it, on the queue server; closed with the others. */
  openQueueClient(): RedisClient;
  /** Ends all clients within half a second, whether their server answers or not. */
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  readonly cacheUrl: string;
  readonly queueUrl: string;
  readonly log: Log;
}

/** Longest wait for an answer on the hot path. A look-up has 50 ms in all: what a frozen cache takes of them must leave the store of record its time. */
export const hotTimeoutMs = 20;
const closeTimeoutMs = 500;
/** A restarted server is found again soon, and a dead one is not hammered. */
const retryStrategy = (attempt: number) => Math.min(50 * attempt, 1_000);

/**
 * What all clients have in common. A dead peer is noticed by keep-alive, for a subscriber never writes. A primary that was replaced while its
 * connections stayed refuses writes for good: connecting again finds the new one.
 */
const common: RedisOptions = {
  retryStrategy,
  connectTimeout: 2_000,
  keepAlive: 5_000,
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

/** Failing at once is what lets the caller go on without Redis; resending could do a command twice. */
const hot: RedisManner = {
  server: { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 0 },
  cluster: { enableOfflineQueue: false, maxRedirections: 3, retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 },
  answerWithinMs: hotTimeoutMs,
};

/** A look tells of the server, so it waits longer than a request would. */
const probe: RedisManner = { ...hot, answerWithinMs: 1_000 };

/** Subscribing again is ours, so that listeners hear of it only when messages flow again. (A cluster's client does it by itself, at another server.) */
const subscriber: RedisManner = { server: { ...common, maxRetriesPerRequest: null, autoResubscribe: false }, cluster: {} };

/**
 * BullMQ refuses any other number of retries: its workers block on a command for seconds. What a replaced primary refused was not done and is sent
 * again; on a cluster a command outlasts an ordinary failover, 20 s.
 */
const queue: RedisManner = {
  server: { ...common, maxRetriesPerRequest: null, reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false) },
  cluster: { maxRedirections: 100, retryDelayOnFailover: 200, retryDelayOnClusterDown: 200 },
};

/** Opens the clients; they connect by themselves, now or when their server comes up. */
export function createRedisConnections({ cacheUrl, queueUrl, log }: RedisConnectionOptions): RedisConnections {
  const clients: RedisClient[] = [];

  function open(url: string, name: string, manner: RedisManner): RedisClient {
    const client = openClient(url, { ...manner, server: { ...manner.server, connectionName: `bellwether-${name}` } });
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
    probe: open(cacheUrl, 'probe', probe),
    openQueueClient: () => open(queueUrl, 'queue', queue),
    async close() {
      await Promise.all(clients.splice(0).reverse().map(end));
    },
  };
}

/** Lets commands that were sent be answered, unless that takes too long. */
async function end(client: RedisClient): Promise<void> {
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
