import { Cluster, type ClusterOptions, type Command, Redis, type RedisOptions } from 'ioredis';
import { type RedisAddress, readRedisAddress } from '../core/redis-address.js';

/** A client of one server, which sentinels may name, or of a cluster. */
export type RedisClient = Redis | Cluster;

const lookEveryMs = 5_000;

/** Answers keep their shape of old, which all commands here expect. */
type ServerOptions = Omit<RedisOptions, 'replyMapping'>;
type PlainClusterOptions = Omit<ClusterOptions, 'redisOptions'> & { readonly redisOptions: ServerOptions };

/** How a client behaves; each member says it for both kinds. */
export interface RedisManner {
  readonly server: ServerOptions;
  readonly cluster: Omit<ClusterOptions, 'redisOptions'>;
  /** Longest time from a command to its answer; none: as long as it takes. */
  readonly answerWithinMs?: number;
}

/**
 * Opens a client; it connects by itself unless its manner is to wait.
 *
 * @throws for an address that cannot be read, without showing it
 */
export function openClient(url: string, { server, cluster, answerWithinMs }: RedisManner): RedisClient {
  const address = readRedisAddress(url);
  if (typeof address === 'string') throw new Error(`An address of Redis cannot be read; expected ${address}.`);
  const limit = answerWithinMs === undefined ? {} : { commandTimeout: answerWithinMs };
  if (address.kind === 'server') return new Redis(address.url, { ...server, ...limit });
  const { places, tls, username, password } = address;
  const access: ServerOptions = { ...(tls ? { tls: {} } : {}), ...(username ? { username } : {}), ...(password ? { password } : {}) };
  if (address.kind === 'sentinel') return new Redis({ ...server, ...limit, ...access, ...sentinelOptions(address) });
  const options: PlainClusterOptions = {
    ...cluster,
    // A server that hangs breaks no connection and moves no slot by itself: that it was replaced is seen by looking.
    slotsRefreshInterval: lookEveryMs,
    // Certificates bear names, so names are not resolved before the handshake.
    ...(tls ? { dnsLookup: (name, callback) => callback(null, name) } : {}),
    redisOptions: { ...server, ...access },
  };
  return answerWithinMs === undefined ? new Cluster([...places], options) : new PromptCluster([...places], options, answerWithinMs);
}

function sentinelOptions({ places, name, db, tls, sentinelPassword }: RedisAddress & { readonly kind: 'sentinel' }): ServerOptions {
  return {
    sentinels: [...places],
    name,
    db,
    enableTLSForSentinelMode: tls,
    ...(sentinelPassword ? { sentinelPassword } : {}),
    // A primary that hangs breaks no connection: that it was replaced is heard from the sentinels.
    failoverDetector: true,
  };
}

/**
 * A cluster whose commands are answered in time, wherever they wait. The limit of ioredis would be that of each server's connection,
 * where questions for the places of slots would fall under it too, connecting included.
 */
class PromptCluster extends Cluster {
  readonly #answerWithinMs: number;

  constructor(places: { host: string; port: number }[], options: PlainClusterOptions, answerWithinMs: number) {
    super(places, options);
    this.#answerWithinMs = answerWithinMs;
  }

  override sendCommand(...given: [command: Command, ...rest: unknown[]]): unknown {
    given[0].setTimeout(this.#answerWithinMs);
    return super.sendCommand(...(given as Parameters<Cluster['sendCommand']>));
  }
}

/** Servers of a cluster that take writes; the one server otherwise. */
export function primariesOf(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}
