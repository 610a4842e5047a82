import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws';
import { createBackoff, pause } from '../../sdk/backoff.js';

export interface LastingOptions {
  readonly client: Pick<Client, 'subscribe'>;
  /** Close code after which nothing is tried again. */
  readonly finalCode: number;
  /** Longest wait between two tries. */
  readonly mostMs?: number;
}

/**
 * Subscribes so that a socket which the service closes ends no stream. graphql-ws tries most sockets again by itself, but gives up on some close
 * codes whatever it is told: 4500, a fault of the service that may be over, and 4429, too much at once, among them. Then the stream is begun
 * again, later each time until a message comes.
 */
export function createLasting({ client, finalCode, mostMs = 30_000 }: LastingOptions) {
  /** @returns ends the stream, or the wait for it */
  return function subscribe<Data>(payload: SubscribePayload, sink: Sink<FormattedExecutionResult<Data, unknown>>): () => void {
    const ended = new AbortController();
    const backoff = createBackoff({ firstMs: 1_000, mostMs });
    let unsubscribe = () => {};

    function begin(): void {
      unsubscribe = client.subscribe<Data>(payload, {
        next(message) {
          backoff.reset();
          sink.next(message);
        },
        error(thrown) {
          const code = closeCodeOf(thrown);
          if (code === null || code === finalCode) sink.error(thrown);
          else void again();
        },
        complete: () => {
          if (!ended.signal.aborted) sink.complete();
        },
      });
    }

    async function again(): Promise<void> {
      await pause(backoff.next(), ended.signal);
      if (!ended.signal.aborted) begin();
    }

    begin();
    return () => {
      ended.abort();
      unsubscribe();
    };
  };
}

/** Of the event of a socket that was closed; null: it is something else. */
export function closeCodeOf(thrown: unknown): number | null {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : null;
}
