import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { createConnectionStore } from './connection.js';
import { resuming } from './resume.js';
import { createSocket } from './socket.js';

export interface ApiOptions {
  readonly key: string;
  /** The service does not, or no longer, accept the key. */
  readonly onRefused: () => void;
}

/** Everything that speaks with the service on behalf of one key: requests over HTTP, subscriptions over one socket. */
export function createApi({ key, onRefused }: ApiOptions) {
  const connection = createConnectionStore({ now: Date.now });
  const { origin } = window.location;
  const socket = createSocket({ url: `${origin.replace(/^http/, 'ws')}/graphql`, key, connection, onRefused });
  const client = new Client({
    url: `${origin}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${key}` } },
    exchanges: [
      mapExchange({
        onError: ({ graphQLErrors }) => {
          if (graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED')) onRefused();
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe(sink) {
            const { payload, seen } = resuming(query, (variables ?? {}) as Readonly<Record<string, unknown>>);
            const unsubscribe = socket.subscribe<Readonly<Record<string, unknown>>>(payload, {
              next(result) {
                seen(result.data);
                sink.next(result as never);
              },
              error: (error) => sink.error(error),
              complete: () => sink.complete(),
            });
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
  return { client, connection, close: socket.close };
}

export type Api = ReturnType<typeof createApi>;
