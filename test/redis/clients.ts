import { createRedisConnections } from '../../src/redis/connections.js';
import { redisUrl } from '../setup/stores.js';

/** A log that keeps what it was told. */
export function createTestLog() {
  const lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** The clients of one process on a server of their own logical database, connected. */
export async function connect(url?: string) {
  const address = url ?? (await redisUrl());
  const log = createTestLog();
  const connections = createRedisConnections({ cacheUrl: address, queueUrl: address, log });
  await ready(connections.hot);
  return { ...connections, log, url: address };
}

/** Resolves when the client can be used. */
export async function ready(client: { readonly status: string; once(event: 'ready', then: () => void): unknown }): Promise<void> {
  if (client.status !== 'ready') await new Promise<void>((resolve) => client.once('ready', resolve));
}
