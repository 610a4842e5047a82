import { createClient } from 'graphql-ws';
import type { ConnectionStore } from './connection.js';
import { closeCodeOf, createLasting } from './lasting.js';

export interface SocketOptions {
  readonly url: string;
  readonly key: string;
  readonly connection: ConnectionStore;
  /** The service no longer accepts the key. */
  readonly onRefused: () => void;
}

/** Close code of a key that is not, or no longer, valid. */
const forbidden = 4403;
/** A socket that says nothing for this long is asked, and given up when it does not answer within `patienceMs`. */
const silenceMs = 4_000;
const patienceMs = 3_000;
const longestWaitMs = 5_000;

/**
 * The socket of all subscriptions. It is opened by the first and closed after the last. When it is lost it is tried again for as long as it
 * takes: soon at first, then every few seconds, at once when the browser says that the network is back. One that the service closes for a
 * fault or for doing too much is left longer, half a minute at most.
 */
export function createSocket({ url, key, connection, onRefused }: SocketOptions) {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const answered = () => {
    clearTimeout(unanswered);
    unanswered = undefined;
  };
  const client = createClient({
    url,
    connectionParams: { authorization: `Bearer ${key}` },
    lazyCloseTimeout: 2_000,
    keepAlive: silenceMs,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => closeCodeOf(event) !== forbidden,
    retryWait: (retries) => backOff(retries),
    on: {
      connecting: () => connection.opening(),
      connected: () => {
        connection.heard();
        connection.opened();
      },
      message: () => {
        answered();
        connection.heard();
      },
      ping: (received) => {
        if (received) return;
        unanswered = setTimeout(() => client.terminate(), patienceMs);
      },
      closed: (event) => {
        answered();
        if (closeCodeOf(event) === forbidden) onRefused();
        else if (closeCodeOf(event) === 1_000) connection.rested();
        else connection.lost();
      },
    },
  });
  // Also when the network is back: a socket that was being opened meanwhile may hang on what is no longer there.
  const giveUp = () => client.terminate();
  window.addEventListener('offline', giveUp);
  window.addEventListener('online', giveUp);
  return {
    subscribe: createLasting({ client, finalCode: forbidden }),
    close(): void {
      window.removeEventListener('offline', giveUp);
      window.removeEventListener('online', giveUp);
      void client.dispose();
    },
  };
}

/** A quarter of a second, then twice as long each time, half of it by chance: a thousand pages do not come back in one moment. */
function backOff(retries: number): Promise<void> {
  const most = Math.min(longestWaitMs, 250 * 2 ** retries);
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, most * (0.5 + Math.random() / 2));
    window.addEventListener('online', go);
  });
}
