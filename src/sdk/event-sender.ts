import * as documents from './documents.js';
import { type ClientEvent, isExposure } from './event.js';
import { RequestFault } from './fault.js';
import type { AskOptions, Transport } from './transport.js';

/** What became of events that were sent. */
export interface Receipt {
  /** The service's clock minus the client's, in milliseconds; the way of the answer is in it. */
  readonly clockOffsetMs: number;
  readonly results: readonly EventResult[];
}

export interface EventResult {
  readonly eventId: string;
  readonly status: 'ACCEPTED' | 'DUPLICATE' | 'REJECTED';
  readonly code: string | null;
  readonly message: string | null;
}

export type SendEvents = (events: readonly ClientEvent[], options?: AskOptions) => Promise<Receipt>;

/** Sends events in one request. @throws RequestFault when not all of them were answered: then any of them may have been stored */
export function createEventSender({ transport, now }: { readonly transport: Transport; readonly now: () => number }): SendEvents {
  return async (events, options) => {
    const exposures = events.filter(isExposure);
    const input = { exposures, events: events.filter((event) => !isExposure(event)) };
    const { trackEvents } = await transport.ask<{ trackEvents: { receivedAt: string; results: readonly EventResult[] } }>(
      documents.trackEvents,
      { input },
      options,
    );
    if (trackEvents.results.length !== events.length) {
      throw new RequestFault('UNREACHABLE', `Sent ${events.length} events, got ${trackEvents.results.length} results.`);
    }
    return { clockOffsetMs: Date.parse(trackEvents.receivedAt) - now(), results: trackEvents.results };
  };
}
