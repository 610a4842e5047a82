import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { createCounter, lazily } from './tally.js';

/** Close codes of the WebSocket protocol and of graphql-transport-ws; a client may send any other. */
const knownCodes: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500,
]);

export interface SocketMeter {
  opened(): void;
  closed(code: number): void;
  /** The server dropped a client that did not read, or did not answer. */
  dropped(cause: 'slow' | 'silent'): void;
  /** A subscription began; what is returned is called once when it ends. */
  subscribed(field: string): () => void;
}

/** Sockets and subscriptions. */
export function createSocketMeter(registry: Registry): SocketMeter {
  let connections = 0;
  const running = new Map<string, number>();
  createGauge(registry, { name: 'bellwether_websocket_connections', help: 'Sockets open now.', over: 'sum', read: () => connections });
  const closes = createCounter(registry, { name: 'bellwether_websocket_closes_total', help: 'Sockets closed, by close code.' });
  createGauge(registry, {
    name: 'bellwether_subscriptions',
    help: 'Subscriptions that run now.',
    over: 'sum',
    read: () => [...running].map(([field, count]) => [{ field }, count] as const),
  });
  const drops = createCounter(registry, {
    name: 'bellwether_subscribers_dropped_total',
    help: 'Sockets that the server dropped, by why.',
  });
  const dropsFor = { slow: drops({ cause: 'slow' }), silent: drops({ cause: 'silent' }) };
  const closesWith = lazily((code) => closes({ code }));
  const change = (field: string, by: number) => running.set(field, (running.get(field) ?? 0) + by);

  return {
    opened() {
      connections += 1;
    },
    closed(code) {
      connections -= 1;
      closesWith(knownCodes.has(code) ? String(code) : 'other').add(1);
    },
    dropped: (cause) => dropsFor[cause].add(1),
    subscribed(field) {
      change(field, 1);
      return () => change(field, -1);
    },
  };
}
