import type { WebSocket } from 'ws';
import type { Context, Device } from '../graphql/context.js';
import type { ErrorOrigin } from '../graphql/errors.js';
import type { KeyDigest } from '../services/key-digest.js';

/** Bounds of one socket. */
export const socketLimits = {
  /** Bytes of one message from the client. */
  messageBytes: 64 * 1024,
  subscriptions: 50,
  messagesPerSecond: 200,
  /** Bytes that may wait to be sent: past it sending waits for the client, and one that stays past it is dropped. */
  bufferedBytes: 256 * 1024,
} as const;

/** Close codes of the WebSocket protocol and of graphql-transport-ws. */
export const closeCodes = { goingAway: 1001, tryAgainLater: 1013, forbidden: 4403, tooMany: 4429, serverFault: 4500 } as const;

/** One client. */
export interface Connection {
  readonly socket: WebSocket;
  /** Header of the upgrade. The request itself is not kept: ten thousand of them would be most of the memory. */
  readonly authorization: string | undefined;
  readonly device: Device;
  readonly isFromCrawler: boolean;
  /** Of the key that it was admitted with; null when it gave none. */
  digest: KeyDigest | null;
  caller: Context['caller'];
  /** Ids of subscriptions that run. */
  readonly subscriptions: Set<string>;
  /** What errors of running operations are told with, by the operation's id. */
  readonly origins: Map<string, ErrorOrigin>;
}

/**
 * Sends at once while little waits, else when the client has read: so a stream waits for its client, and holds little for it.
 *
 * @returns what to wait for before more is sent; undefined: nothing
 */
export function sendText(socket: WebSocket, text: string): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount <= socketLimits.bufferedBytes) {
    socket.send(text, ignore);
    return undefined;
  }
  // An error closes the socket, which ends its operations.
  return new Promise((resolve) => socket.send(text, () => resolve()));
}

function ignore(): void {}

/** Closes with a code, and without ceremony when the client does not answer within two seconds. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.CLOSING || socket.readyState === socket.CLOSED) return;
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), 2_000);
  socket.once('close', () => clearTimeout(timer));
}
