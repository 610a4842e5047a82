import { utf8Length } from '../core/hash.js';
import { createBackoff, pause } from './backoff.js';
import type { ClientEvent } from './event.js';
import type { Receipt, SendEvents } from './event-sender.js';
import { faultOf, type OnFault, RequestFault } from './fault.js';
import type { Shelf } from './shelf.js';
import { createSuspects } from './suspects.js';

/**
 * Events that wait to be acknowledged. One that was accepted stays until the service has said what became of it, over failures, and on the
 * shelf over reloads; its id stays the same, so that the service counts it once however often it comes. Tabs that share a shelf may send one
 * another's events, which does no harm for the same reason.
 *
 *   idle ──add──▶ waiting (5 s, or 100 events) ──▶ sending ──answered──▶ idle
 *                    ▲                                │
 *                    └──────── back-off ◀── failed ───┘
 *                 (network back: at once)
 *
 * A request that the service refuses, or fails at and says that the same again will fail too, is halved until one event is left. One that is
 * refused is given up; one that fails waits apart, see `suspects.ts`, and the others go on.
 */

export interface EventQueueParts {
  readonly send: SendEvents;
  readonly shelf: Shelf;
  readonly onFault: OnFault;
  /** Told of each event that the service refused for good, beside `onFault`. */
  readonly onRejected: (event: ClientEvent, code: string) => void;
  /** Longest time from an event to its being sent. */
  readonly delayMs?: number;
  /** Most events in a request; as many that wait are sent at once. */
  readonly batchSize?: number;
  /** Most events that wait: what comes on top is not accepted. */
  readonly capacity?: number;
}

/** Browsers send 64 KiB at most for a page that is going; the rest of a request needs some of it. */
const leavingBytes = 60_000;
const shelfKey = 'event:';

export function createEventQueue({
  send,
  shelf,
  onFault,
  onRejected,
  delayMs = 5_000,
  batchSize = 100,
  capacity = 10_000,
}: EventQueueParts) {
  const waiting = new Map<string, ClientEvent>();
  /** Events whose time was put right after the service found it ahead of its own. */
  const corrected = new Set<string>();
  const backoff = createBackoff({ firstMs: 500, mostMs: 60_000 });
  const suspects = createSuspects();
  /** Most events in the next request: half as many after one that failed, twice as many after one that was answered. */
  let size = batchSize;
  /** Events that came under suspicion since a request was answered. */
  let failedAlone = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let suspectTimer: ReturnType<typeof setTimeout> | undefined;
  let draining: Promise<void> | undefined;
  /** What a queue that backs off waits for: a network, or the time that the service asked for; null: it does not. */
  let awaited: 'network' | 'service' | null = null;
  let isClosed = false;

  function keep(event: ClientEvent): void {
    waiting.set(event.eventId, event);
    shelf.set(shelfKey + event.eventId, event);
  }

  function forget(eventId: string): void {
    waiting.delete(eventId);
    corrected.delete(eventId);
    suspects.forget(eventId);
    shelf.remove(shelfKey + eventId);
  }

  function reject(event: ClientEvent, code: string, message: string): void {
    forget(event.eventId);
    onFault({ code, message, eventId: event.eventId });
    onRejected(event, code);
  }

  function settle(batch: readonly ClientEvent[], { results, clockOffsetMs }: Receipt): void {
    const sent = new Map(batch.map((event) => [event.eventId, event]));
    for (const { eventId, status, code, message } of results) {
      const event = sent.get(eventId);
      if (status !== 'REJECTED') forget(eventId);
      // What was sent twice at once may be settled already, or wait with another time.
      else if (!event || waiting.get(eventId) !== event) continue;
      else if (code === 'IN_FUTURE' && !corrected.has(eventId)) {
        // The clock here is wrong. Nothing is stored under the id, so it may come again with another time.
        corrected.add(eventId);
        keep({ ...event, occurredAt: new Date(Date.parse(event.occurredAt) + clockOffsetMs).toISOString() });
      } else reject(event, code ?? 'REJECTED', message ?? 'The service refused the event.');
    }
  }

  /** The events of the next request: those that are under no suspicion, then, each alone, those that are and have waited their time. */
  function nextBatch(): ClientEvent[] {
    const batch: ClientEvent[] = [];
    for (const event of waiting.values()) {
      if (batch.length === size) return batch;
      if (!suspects.has(event.eventId)) batch.push(event);
    }
    const suspect = batch.length === 0 ? suspects.next() : null;
    const event = suspect?.waitMs === 0 && waiting.get(suspect.eventId);
    return event ? [event] : batch;
  }

  /** Does what there is to do about the events of a request that failed. @returns whether to go on at once */
  function recover(batch: readonly ClientEvent[], thrown: unknown): boolean {
    const fault = faultOf(thrown);
    const remedy = thrown instanceof RequestFault ? thrown.remedy : 'WAIT';
    const [event] = batch;
    if (remedy === 'WAIT' || !event) {
      onFault(fault);
      return false;
    }
    if (batch.length > 1) {
      size = Math.ceil(batch.length / 2);
      return true;
    }
    const wasSuspect = suspects.has(event.eventId);
    if (remedy === 'CHANGE' || suspects.failed(event.eventId)) reject(event, fault.code, fault.message);
    else onFault(fault);
    if (remedy === 'CHANGE' || wasSuspect) return true;
    // One may be the cause; of two in a row it is likelier to be the service.
    failedAlone += 1;
    return failedAlone < 2;
  }

  /** Sends until nothing waits that may go; resolves also when that failed, and then tries again later. */
  async function sendAll(): Promise<void> {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      try {
        const receipt = await send(batch);
        backoff.reset();
        suspects.answered();
        [size, failedAlone] = [Math.min(batchSize, 2 * size), 0];
        settle(batch, receipt);
      } catch (thrown) {
        if (recover(batch, thrown)) continue;
        const [code, retryAfterMs] = thrown instanceof RequestFault ? [thrown.code, thrown.retryAfterMs] : [];
        awaited = code === 'UNREACHABLE' ? 'network' : 'service';
        if (!isClosed) timer = setTimeout(drain, backoff.next(retryAfterMs));
        return;
      }
    }
  }

  function drain(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    awaited = null;
    draining ??= sendAll().finally(() => {
      draining = undefined;
      clearTimeout(suspectTimer);
      const next = suspects.next();
      // A queue that backs off sends them too, when it goes on.
      if (next && !awaited && !isClosed) suspectTimer = setTimeout(drain, next.waitMs);
    });
    return draining;
  }

  for (const name of shelf.keys(shelfKey)) {
    const event = shelf.get<ClientEvent>(name);
    if (event?.eventId) waiting.set(event.eventId, event);
  }
  if (waiting.size > 0) timer = setTimeout(drain, 0);

  return {
    /** Takes an event; false when it was not accepted, because the queue is full or closed. */
    add(event: ClientEvent): boolean {
      if (isClosed || waiting.size >= capacity) {
        const [code, message] = isClosed ? ['CLOSED', 'The client is closed.'] : ['QUEUE_FULL', `${capacity} events wait already.`];
        onFault({ code, message, eventId: event.eventId });
        return false;
      }
      keep(event);
      if (draining || awaited) return true;
      if (waiting.size - suspects.size() >= batchSize) void drain();
      else timer ??= setTimeout(drain, delayMs);
      return true;
    },

    /** Number of events that are not acknowledged. */
    size: () => waiting.size,

    /** Sends now what waits; resolves after one try with whether all of it was acknowledged. */
    async flush(): Promise<boolean> {
      await draining;
      await drain();
      return waiting.size === 0;
    },

    /** The network is back: sends at once what waited for it. What the service asked to send later goes on waiting. */
    wake(): void {
      if (awaited !== 'network' || isClosed) return;
      backoff.reset();
      void drain();
    },

    /** Sends what it can in the last moment of a page, also what is on its way already: that request may end with the page. */
    leave(): void {
      const batch: ClientEvent[] = [];
      let bytes = 0;
      for (const event of waiting.values()) {
        if (suspects.has(event.eventId)) continue;
        bytes += utf8Length(JSON.stringify(event));
        if (bytes > leavingBytes || batch.length === batchSize) break;
        batch.push(event);
      }
      if (batch.length > 0)
        send(batch, { keepalive: true }).then(
          (receipt) => settle(batch, receipt),
          () => {},
        );
    },

    /** Takes no more, and tries to send what waits until it is sent or the time is over; what is left then stays on the shelf. */
    async close(timeoutMs: number): Promise<boolean> {
      isClosed = true;
      const over = new AbortController();
      const deadline = setTimeout(() => over.abort(), timeoutMs);
      const late = pause(timeoutMs, over.signal);
      const patience = createBackoff({ firstMs: 200, mostMs: 1_000 });
      while (waiting.size > suspects.size() && !over.signal.aborted) {
        await Promise.race([draining ?? drain(), late]);
        if (waiting.size > suspects.size()) await pause(patience.next(), over.signal);
      }
      clearTimeout(deadline);
      clearTimeout(timer);
      clearTimeout(suspectTimer);
      over.abort();
      return waiting.size === 0;
    },
  };
}
