/** Reads the address of a Redis from the environment. */
import type { Parser } from './config-values.js';
import { readRedisAddress } from './core/redis-address.js';

/** One server, a cluster, or sentinels. An address may carry a password: what is wrong with it is told without it. */
export const redisUrl: Parser<string> = (text) => {
  const address = readRedisAddress(text);
  if (typeof address !== 'string') return { value: text };
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//.exec(text) ?? [];
  return { expected: address, received: scheme ? `something that begins with ${scheme}` : 'something that is no URL' };
};
