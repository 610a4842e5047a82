import type { RedisClient } from './client.js';

/** Locks that spare double work; nothing rests on them, for a holder may be held up past their end. */
export interface Locks {
  /** Whether the name was free and is ours now, or Redis is away and nobody can tell. Never throws. */
  tryHold(name: string, ttlMs: number): Promise<boolean>;
}

export function createLocks(client: RedisClient): Locks {
  return {
    async tryHold(name, ttlMs) {
      try {
        if (ttlMs <= 0) return true;
        return (await client.set(`bellwether:lock:${name}`, '1', 'PX', ttlMs, 'NX')) === 'OK';
      } catch {
        return true;
      }
    },
  };
}
