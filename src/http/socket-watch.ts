import type { Authenticator } from '../graphql/authentication.js';
import { identify } from '../graphql/authentication.js';
import type { SocketMeter } from '../telemetry/metrics/sockets.js';
import { type Connection, closeCodes, closeSocket, socketLimits } from './socket-connection.js';

/** When the watch looks, and how long it waits. */
export interface SocketTimes {
  /** Milliseconds between rounds; a revoked key's sockets end after two of them at most. */
  readonly roundMs?: number;
  /** How long a client may leave a full buffer or a ping unanswered. */
  readonly patienceMs?: number;
  readonly pingEveryMs?: number;
}

/** What is watched. */
export interface SocketWatchOptions extends SocketTimes {
  readonly connections: ReadonlySet<Connection>;
  readonly keys: Authenticator;
  readonly meter?: SocketMeter | null;
}

interface Signs {
  /** When the buffer was found full; null while it is not. */
  fullSince: number | null;
  pingedAt: number;
  /** Whether the last ping is unanswered. */
  isWaiting: boolean;
}

/**
 * Looks at all sockets in rounds: drops those whose client does not read or does not answer, and those whose key has ended.
 * One timer for all of them: ten thousand of their own would cost more than the work.
 *
 * @returns ends the rounds
 */
export function watchSockets({
  connections,
  keys,
  meter = null,
  roundMs = 2_000,
  patienceMs = 4_000,
  pingEveryMs = 12_000,
}: SocketWatchOptions): () => void {
  const signs = new WeakMap<Connection, Signs>();
  let isLooking = false;
  let opened = 0;

  function signsOf(connection: Connection, now: number): Signs {
    const known = signs.get(connection);
    if (known) return known;
    // Spread evenly by the golden ratio: sockets that came together would else all be pinged in one round, again and again.
    const share = (++opened * 0.6180339887498949) % 1;
    const first: Signs = { fullSince: null, pingedAt: now - share * pingEveryMs, isWaiting: false };
    connection.socket.on('pong', () => {
      first.isWaiting = false;
    });
    signs.set(connection, first);
    return first;
  }

  function lookAt(connection: Connection, now: number): void {
    const { socket } = connection;
    if (socket.readyState !== socket.OPEN) return;
    const seen = signsOf(connection, now);
    if (socket.bufferedAmount <= socketLimits.bufferedBytes) seen.fullSince = null;
    else seen.fullSince ??= now;
    if (seen.fullSince !== null && now - seen.fullSince >= patienceMs) {
      meter?.dropped('slow');
      closeSocket(socket, closeCodes.tryAgainLater, 'Too slow');
    } else if (seen.isWaiting && now - seen.pingedAt >= pingEveryMs) {
      meter?.dropped('silent');
      socket.terminate();
    } else if (!seen.isWaiting && now - seen.pingedAt >= pingEveryMs) {
      seen.pingedAt = now;
      seen.isWaiting = true;
      socket.ping();
    }
  }

  async function endRevoked(): Promise<void> {
    const byKey = new Map<string, Connection[]>();
    for (const connection of connections) {
      if (connection.digest === null || connection.caller === null) continue;
      const held = byKey.get(connection.digest);
      if (held) held.push(connection);
      else byKey.set(connection.digest, [connection]);
    }
    for (const [digest, held] of byKey) {
      const { caller, callerFault } = await identify(keys, digest);
      if (caller || callerFault) continue;
      for (const { socket } of held) closeSocket(socket, closeCodes.forbidden, 'Forbidden');
    }
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const now = performance.now();
      for (const connection of connections) lookAt(connection, now);
      await endRevoked();
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), roundMs);
  timer.unref();
  return () => clearInterval(timer);
}
