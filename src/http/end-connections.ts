import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface EndOptions {
  /** How long kept connections may bring one more request each; the answers must say `connection: close`. */
  readonly lingerMs: number;
  /** After that: how long requests under way may take. */
  readonly withinMs: number;
}

/**
 * Ends a server so that a balancer in front loses as little as can be: new connections are refused, which it takes to another instance, and
 * kept ones end with an answer, for it may just be sending on one that seems idle here. What had arrived and waited to be accepted is reset.
 */
export async function endConnections(server: Server, { lingerMs, withinMs }: EndOptions): Promise<void> {
  if (!server.listening) return;
  const ended = once(server, 'close');
  // Right after a look at the network, when hardly any connection waits.
  await nextTurn();
  // The way of http.Server would close the idle ones at once.
  NetServer.prototype.close.call(server);
  await Promise.race([ended, delay(lingerMs, undefined, { ref: false })]);
  server.closeIdleConnections();
  // Nothing tells of one that becomes idle with the answer under way.
  const round = setInterval(() => server.closeIdleConnections(), 50);
  const last = setTimeout(() => server.closeAllConnections(), withinMs);
  await ended;
  clearInterval(round);
  clearTimeout(last);
}
