import { createBackoff, pause } from './backoff.js';
import { faultOf, type OnConnection, type OnFault, RequestFault } from './fault.js';

/** Something of the service that is asked once and then followed. */
export interface Followed<Message> {
  /** Asks for the present state. */
  ask(): Promise<Message>;
  /** Follows it until the stream ends; null where there are no sockets, and it is asked for every so often. */
  readonly listen: ((take: (message: Message) => void, signal: AbortSignal) => Promise<void>) | null;
  take(message: Message): void;
  readonly onFault: OnFault;
  readonly onConnection: OnConnection;
  readonly pollMs: number;
}

/**
 * Keeps up with the service until the signal is aborted. Each round asks over HTTP and then listens: where a proxy lets no socket through,
 * and while a stream cannot be had, the rounds alone keep the client up to date.
 */
export async function follow<Message>(
  { ask, listen, take, onFault, onConnection, pollMs }: Followed<Message>,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff({ firstMs: 1_000, mostMs: 15_000 });

  /** A message that cannot be read, as from a newer service, must end neither the stream nor the program. */
  function taken(message: Message): void {
    try {
      take(message);
    } catch (thrown) {
      onFault(faultOf(thrown));
    }
  }

  while (!signal.aborted) {
    let waitMs = pollMs;
    let isAnswered = false;
    try {
      const message = await ask();
      if (signal.aborted) return;
      isAnswered = true;
      taken(message);
      onConnection(null);
      if (listen) {
        await listen((next) => {
          if (signal.aborted) return;
          backoff.reset();
          taken(next);
        }, signal);
        waitMs = backoff.next();
      } else backoff.reset();
    } catch (thrown) {
      if (signal.aborted) return;
      const fault = faultOf(thrown);
      onFault(fault);
      // A stream that is lost says little: the next question tells.
      if (!isAnswered) onConnection(fault);
      waitMs = backoff.next(thrown instanceof RequestFault ? thrown.retryAfterMs : 0);
    }
    await pause(waitMs, signal);
  }
}
