import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { readDeviceCookie } from '../core/device-cookie.js';
import { createDevice } from '../graphql/context.js';
import type { ErrorLog } from '../graphql/errors.js';
import type { SocketMeter } from '../telemetry/metrics/sockets.js';
import type { IsFromCrawler } from './crawler-signal.js';
import type { IsAllowedOrigin } from './origins.js';
import { type Connection, closeCodes, closeSocket, sendText, socketLimits } from './socket-connection.js';
import { createSocketProtocol, type SocketProtocolOptions } from './socket-protocol.js';
import { type SocketTimes, watchSockets } from './socket-watch.js';

/** What the sockets need; times are for tests. */
export interface SocketServerOptions extends SocketProtocolOptions, SocketTimes {
  readonly isAllowedOrigin: IsAllowedOrigin;
  readonly isFromCrawler: IsFromCrawler;
  readonly log: ErrorLog;
  /** Default null: sockets are not counted. */
  readonly meter?: SocketMeter | null;
}

/** All sockets of an instance. */
export interface SocketServer {
  /** Listener for a server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sockets that are open. */
  count(): number;
  /** Closes all with 1001 and resolves when they are gone, two seconds later at most. */
  close(): Promise<void>;
}

function decline(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Whether a client sends more messages than one may. */
function createMessageCounter(): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      second = now;
      count = 0;
    }
    count += 1;
    return count > socketLimits.messagesPerSecond;
  };
}

/** GraphQL over WebSocket at `/graphql`, on the connections that an HTTP server hands over. */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { isAllowedOrigin, isFromCrawler, log, meter = null } = options;
  const protocol = createSocketProtocol(options);
  const connections = new Set<Connection>();
  const stopWatching = watchSockets({ ...options, connections });
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: socketLimits.messageBytes,
    perMessageDeflate: false,
    // A client that does not speak it is let in without a protocol, and closed with 4406, which says why.
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  let isClosing = false;

  function open(socket: WebSocket, request: IncomingMessage): void {
    const connection: Connection = {
      socket,
      authorization: request.headers.authorization,
      device: createDevice(readDeviceCookie(request.headers.cookie), randomUUID),
      isFromCrawler: isFromCrawler(request),
      digest: null,
      caller: null,
      subscriptions: new Set(),
      origins: new Map(),
    };
    connections.add(connection);
    meter?.opened();
    const isOverrun = createMessageCounter();
    // Errors of the wire, such as a frame that is too large: ws closes the socket with the code that says so.
    socket.on('error', () => undefined);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => sendText(socket, text),
        close: (code, reason) => closeSocket(socket, code ?? closeCodes.serverFault, reason ?? ''),
        onMessage: (read) =>
          socket.on('message', (data) => {
            if (socket.readyState !== socket.OPEN) return;
            if (isOverrun()) {
              closeSocket(socket, closeCodes.tooMany, `More than ${socketLimits.messagesPerSecond} messages a second`);
              return;
            }
            read(String(data)).catch((error: unknown) => {
              log.error({ err: error }, 'a socket failed');
              closeSocket(socket, closeCodes.serverFault, 'Internal server error');
            });
          }),
      },
      connection,
    );
    socket.once('close', (code, reason) => {
      connections.delete(connection);
      meter?.closed(code);
      closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'a stream did not end'));
    });
  }

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const path = request.url?.split('?', 1)[0];
      if (isClosing) return decline(socket, '503 Service Unavailable');
      if (path !== '/graphql') return decline(socket, '404 Not Found');
      if (!isAllowedOrigin(request.headers.origin, request.headers.host)) return decline(socket, '403 Forbidden');
      acceptor.handleUpgrade(request, socket, head, open);
    },
    count: () => connections.size,
    async close() {
      isClosing = true;
      stopWatching();
      const gone = [...connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
      for (const { socket } of connections) closeSocket(socket, closeCodes.goingAway, 'Going away');
      await Promise.all(gone);
    },
  };
}
