import { createClient } from 'graphql-ws';
import { RequestFault } from './fault.js';
import { faultOfErrors, type GraphqlFault } from './transport.js';

/** One stream over a WebSocket of its own. */

/** A constructor of WebSockets: the browser's, Node's from version 22 on, or that of the package `ws`. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => object;

export interface SocketOptions {
  /** Of HTTP; the socket is at the same place. */
  readonly endpoint: string;
  readonly key: string;
  readonly webSocket: WebSocketConstructor;
  /** A socket that says nothing for this long is asked, and given up when it stays silent for as long again. */
  readonly silenceMs?: number;
}

export interface StreamRequest {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/**
 * Follows a subscription until it ends. When it is lost is up to the caller to know and to try again: a stream that is refused, one that
 * the service completes because it stops, and a socket that breaks are all alike.
 *
 * @returns resolves when the service completes the stream or the signal is aborted
 * @throws RequestFault when it is refused or lost
 */
export async function listen<Data>(
  { endpoint, key, webSocket, silenceMs = 10_000 }: SocketOptions,
  request: StreamRequest,
  take: (data: Data) => void,
  signal: AbortSignal,
): Promise<void> {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const heard = () => clearTimeout(unanswered);
  const client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: webSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    connectionAckWaitTimeout: silenceMs,
    keepAlive: silenceMs,
    on: {
      message: heard,
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), silenceMs);
      },
      closed: heard,
    },
  });
  let stop = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      stop = resolve;
      signal.addEventListener('abort', stop);
      if (signal.aborted) return resolve();
      client.subscribe<Data>(request, {
        next: ({ data, errors }) => {
          if (errors?.[0]) reject(faultOfErrors(errors as readonly GraphqlFault[]));
          else if (data) take(data);
        },
        error: (thrown) => reject(streamFault(thrown)),
        complete: resolve,
      });
    });
  } finally {
    signal.removeEventListener('abort', stop);
    heard();
    // It waits for the socket to open, to close it; one that never opens has been told of.
    Promise.resolve(client.dispose()).catch(() => {});
  }
}

/** Errors come in a list, a socket that was closed as its event. */
function streamFault(thrown: unknown): RequestFault {
  if (Array.isArray(thrown)) return faultOfErrors(thrown as readonly GraphqlFault[]);
  const { code, reason } = (thrown ?? {}) as { readonly code?: number; readonly reason?: string };
  return new RequestFault(code === 4403 ? 'FORBIDDEN' : 'UNREACHABLE', `The socket was lost: ${code ?? ''} ${reason ?? ''}`.trim(), {
    cause: thrown,
  });
}
