import { primariesOf, type RedisClient } from './client.js';

export interface RedisMemory {
  readonly usedBytes: number;
  /** 0: unbounded. */
  readonly maxBytes: number;
}

/** What a server tells of itself. Each rejects while it is away, also where the client would wait for it. */
export function createRedisVitals(client: RedisClient) {
  function reachable(): RedisClient {
    if (client.status !== 'ready') throw new Error(`Redis is ${client.status}`);
    return client;
  }

  return {
    ping: async () => reachable().ping(),
    /** Of a cluster, that of the server whose memory is used most. */
    async memory(): Promise<RedisMemory> {
      const infos = await Promise.all(primariesOf(reachable()).map((primary) => primary.info('memory')));
      const all = infos.map((info) => ({ usedBytes: memberOf(info, 'used_memory'), maxBytes: memberOf(info, 'maxmemory') }));
      const [fullest] = all.sort((one, other) => shareOf(other) - shareOf(one));
      if (!fullest) throw new Error('Redis has no primary');
      return fullest;
    },
  };
}

/** Unbounded servers by what they use, after all that are bounded. */
const shareOf = ({ usedBytes, maxBytes }: RedisMemory): number =>
  maxBytes > 0 ? usedBytes / maxBytes : usedBytes / Number.MAX_SAFE_INTEGER;

function memberOf(info: string, name: string): number {
  const [, digits] = new RegExp(`^${name}:(\\d+)`, 'm').exec(info) ?? [];
  if (digits === undefined) throw new Error(`Redis does not tell its ${name}`);
  return Number(digits);
}
