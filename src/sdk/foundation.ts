import { createBindings } from './bindings.js';
import { isExposure } from './event.js';
import { createEventQueue } from './event-queue.js';
import { createEventSender } from './event-sender.js';
import { guarded, type OnConnection, type OnFault } from './fault.js';
import { currentPage, watchLeaving } from './leaving.js';
import { watchNetwork } from './network.js';
import { createShelf, type KeyValueStorage } from './shelf.js';
import { listen, type StreamRequest, type WebSocketConstructor } from './socket.js';
import { createTransport, type Fetch } from './transport.js';

/** What both kinds of clients take. */
export interface ClientOptions {
  /** Where the service is, such as `https://bellwether.example`. */
  readonly url: string;
  readonly key: string;
  /** Told of what went wrong; nothing is ever thrown. Left out: nobody is. */
  readonly onFault?: OnFault;
  /** Told when the service is lost and when it is back; in between answers may be old. */
  readonly onConnection?: OnConnection;
  /** Keeps answers and events over reloads; `localStorage` when left out in a browser, else, and when null, nothing is kept. */
  readonly storage?: KeyValueStorage | null;
  /** Left out: the platform's. Where there is none, as in Node before 22, changes are asked for every 5 seconds. */
  readonly webSocket?: WebSocketConstructor;
  /** Left out: the platform's. */
  readonly fetch?: Fetch;
  /** How long `ready()` waits for the service before it goes on with what there is; 2,000 when left out. */
  readonly readyTimeoutMs?: number;
  /** How long `close()` tries to send what waits; 4,000 when left out. */
  readonly closeTimeoutMs?: number;
}

/** A request that takes longer is given up, and with events sent again. */
const requestTimeoutMs = 10_000;
/** Between questions where there are no sockets. */
export const pollMs = 5_000;

/** What both kinds of clients stand on: the way to the service, the events on their way there, and what is kept. */
export function createFoundation(options: ClientOptions) {
  const { url, key, closeTimeoutMs = 4_000 } = options;
  const onFault = guarded(options.onFault);
  const now = Date.now;
  const transport = createTransport({ url, key, fetch: options.fetch, timeoutMs: requestTimeoutMs });
  const { endpoint } = transport;
  const shelf = createShelf({ storage: options.storage === undefined ? pageStorage() : options.storage, name: endpoint, onFault });
  const events = createEventQueue({
    send: createEventSender({ transport, now }),
    shelf,
    onFault,
    onRejected: (event, code) => {
      if (code === 'VARIANT_MISMATCH' && isExposure(event)) bindings.unbind(event);
    },
  });
  const bindings = createBindings({ add: events.add, now });
  const webSocket = options.webSocket ?? (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket;
  const ended = new AbortController();
  const onConnection = onChange(options.onConnection, onFault);
  let closing: Promise<boolean> | undefined;

  function close(): Promise<boolean> {
    closing ??= (async () => {
      ended.abort();
      const isEmpty = await events.close(closeTimeoutMs);
      unwatch();
      unwatchNetwork();
      return isEmpty;
    })();
    return closing;
  }
  const unwatch = watchLeaving({ onHidden: events.leave, onStop: close });
  const unwatchNetwork = watchNetwork({ onBack: events.wake });

  return {
    onFault,
    onConnection,
    now,
    transport,
    shelf,
    events,
    bindings,
    /** Aborted when the client is closed. */
    ended: ended.signal,
    /** Follows a subscription that is named anew at each connect; null where there are no sockets. */
    listenTo: <Data>(request: () => StreamRequest) =>
      webSocket &&
      ((take: (data: Data) => void, signal: AbortSignal) => listen<Data>({ endpoint, key, webSocket }, request(), take, signal)),
    close,
  };
}

/** Passes on what is another word than the last, and no harm. */
function onChange(listener: OnConnection | undefined, onFault: OnFault): OnConnection {
  let last: string | null | undefined;
  return (lost) => {
    const word = lost === null ? null : lost.code;
    if (word === last) return;
    last = word;
    try {
      listener?.(lost);
    } catch (thrown) {
      onFault({ code: 'INVALID_CALL', message: `onConnection threw: ${String(thrown)}`, cause: thrown });
    }
  };
}

/** Reading the member alone throws where a page may keep nothing, and warns in Node. */
function pageStorage(): KeyValueStorage | null {
  if (!currentPage()) return null;
  try {
    return (globalThis as { readonly localStorage?: KeyValueStorage }).localStorage ?? null;
  } catch {
    return null;
  }
}
