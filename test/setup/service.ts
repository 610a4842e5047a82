import { randomBytes } from 'node:crypto';
import { createClient as createSocketClient } from 'graphql-ws';
import { pino } from 'pino';
import WebSocket from 'ws';
import { type ComposeOptions, compose, type Service } from '../../src/compose.js';
import { type ReadyConfig, readConfig } from '../../src/config.js';
import { removeDataFolder } from './left-overs.js';
import { createDatabase, makeDataFolder, redisUrl } from './stores.js';

/** A whole service in this process, on stores of its own or on those of another. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly data: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly errors: readonly any[] | undefined;
}

const secretOf = () => randomBytes(24).toString('hex');
const secrets = { admin: secretOf(), read: secretOf(), server: secretOf(), client: secretOf() };

/** Environment that shares its stores with other services of the test. */
export async function makeEnvironment(extra: Record<string, string> = {}): Promise<Record<string, string>> {
  return {
    DATABASE_URL: await createDatabase(),
    REDIS_URL: await redisUrl(),
    BELLWETHER_DATA_DIR: makeDataFolder(),
    BELLWETHER_ADMIN_KEY: secrets.admin,
    BELLWETHER_READ_KEY: secrets.read,
    BELLWETHER_SERVER_KEY: secrets.server,
    BELLWETHER_CLIENT_KEY: secrets.client,
    BELLWETHER_INTROSPECTION: 'on',
    PORT: '0',
    LOG_LEVEL: 'error',
    ...extra,
  };
}

/** @param environment default: stores of its own. @param options what `compose` is given beside it */
export async function startService(environment?: Record<string, string>, options: Partial<ComposeOptions> = {}) {
  const env = environment ?? (await makeEnvironment());
  const config = readConfig(env) as ReadyConfig;
  const log = pino({ level: config.logLevel });
  const service: Service = await compose(config, { log, progress: () => {}, signal: new AbortController().signal, ...options });
  const { addresses } = await service.start();
  const url = new URL(addresses[0]?.[1] ?? '').origin;

  /** Sends an operation with a key of the scope. */
  async function send(query: string, variables: object = {}, key: keyof typeof secrets | string | null = 'admin'): Promise<Answer> {
    const secret = key === null ? null : ((secrets as Record<string, string>)[key] ?? key);
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(secret ? { authorization: `Bearer ${secret}` } : { 'apollo-require-preflight': '1' }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
    return { status: response.status, headers: response.headers, data, errors };
  }

  /** The data of an operation that must be answered without errors. */
  async function ask(query: string, variables: object = {}, key?: keyof typeof secrets | string | null) {
    const { data, errors } = await send(query, variables, key);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** Subscribes; messages come one by one. */
  function subscribe(query: string, variables: object = {}, key: keyof typeof secrets | string = 'read') {
    const client = createSocketClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${(secrets as Record<string, string>)[key] ?? key}` },
      retryAttempts: 0,
      lazyCloseTimeout: 0,
    });
    const messages = client.iterate({ query, variables: { ...variables } });
    return {
      /** The data of the next message; undefined when the stream has completed. */
      // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
      async next(): Promise<any> {
        const { value, done } = await messages.next();
        if (done) return undefined;
        if (value.errors) throw new Error(JSON.stringify(value.errors));
        return value.data;
      },
      async close(): Promise<void> {
        await messages.return?.();
        await client.dispose();
      },
    };
  }

  return {
    url,
    /** By what is there. */
    addresses: new Map(addresses),
    env,
    secrets,
    send,
    ask,
    subscribe,
    async stop(): Promise<void> {
      await service.stop();
    },
    async remove(): Promise<void> {
      await service.stop();
      await removeDataFolder(env.BELLWETHER_DATA_DIR ?? '');
    },
  };
}

export type RunningService = Awaited<ReturnType<typeof startService>>;
