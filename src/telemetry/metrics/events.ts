import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { createCounter, createHistogram, lazily } from './tally.js';

const kinds = ['exposure', 'event'] as const;
const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What became of one event. */
interface Result {
  readonly status: 'ACCEPTED' | 'DUPLICATE' | 'REJECTED';
  readonly code: string | null;
}

/** Events by what became of them. Of every request it is told twice: when it comes, and when it is answered or refused as a whole. */
export function createEventMeter(registry: Registry) {
  const received = createCounter(registry, {
    name: 'bellwether_events_received_total',
    help: 'Exposures and metric events taken in, counted at the door.',
  });
  const outcomes = createCounter(registry, {
    name: 'bellwether_events_total',
    help: 'Exposures and metric events by what became of them; at rest they sum to those received.',
  });
  const rejections = createCounter(registry, {
    name: 'bellwether_events_rejected_total',
    help: 'Rejected exposures and metric events, by why.',
  });
  const [exposures, events] = kinds.map((kind) => ({
    received: received({ kind }),
    ACCEPTED: outcomes({ kind, outcome: 'accepted' }),
    DUPLICATE: outcomes({ kind, outcome: 'duplicate' }),
    REJECTED: outcomes({ kind, outcome: 'rejected' }),
  })) as [Counts, Counts];
  type Counts = Readonly<Record<'received' | Result['status'], ReturnType<typeof received>>>;
  const rejectedFor = lazily((code) => rejections({ code }));
  // Alerts go by it: a series that begins with its first burst does not seem to grow.
  rejectedFor('UNAVAILABLE');

  return {
    received(exposureCount: number, eventCount: number): void {
      exposures.received.add(exposureCount);
      events.received.add(eventCount);
    },
    /**
     * @param results exposures first
     * @param replayed whether the answer was given before: then nothing was stored this time
     */
    answered(exposureCount: number, results: readonly Result[], replayed: boolean): void {
      for (let i = 0; i < results.length; i += 1) {
        const { status, code } = results[i] as Result;
        const counts = i < exposureCount ? exposures : events;
        counts[replayed && status === 'ACCEPTED' ? 'DUPLICATE' : status].add(1);
        if (status === 'REJECTED') rejectedFor(code ?? 'INTERNAL_SERVER_ERROR').add(1);
      }
    },
    /** The request was refused as a whole, and nothing of it stored. */
    refused(exposureCount: number, eventCount: number, code: string): void {
      exposures.REJECTED.add(exposureCount);
      events.REJECTED.add(eventCount);
      rejectedFor(code).add(exposureCount + eventCount);
    },
  };
}

/** Transactions that requests of events share. */
export function createCommitMeter(registry: Registry) {
  const size = createHistogram(registry, { name: 'bellwether_group_commit_events', help: 'Events in one transaction.', buckets: sizes })();
  const requests = createHistogram(registry, {
    name: 'bellwether_group_commit_requests',
    help: 'Requests that shared one transaction.',
    buckets: sizes,
  })();
  const wait = createHistogram(registry, {
    name: 'bellwether_group_commit_wait_seconds',
    help: 'How long requests waited for their transaction to begin.',
    buckets: seconds,
  })();
  const duration = createHistogram(registry, {
    name: 'bellwether_group_commit_duration_seconds',
    help: 'How long transactions took, retries included.',
    buckets: seconds,
  });
  const [committed, failed] = [duration({ outcome: 'committed' }), duration({ outcome: 'failed' })];

  return {
    /** A request's turn came. */
    waited: (milliseconds: number): void => wait(milliseconds / 1_000),
    committed(eventCount: number, requestCount: number, milliseconds: number): void {
      size(eventCount);
      requests(requestCount);
      committed(milliseconds / 1_000);
    },
    failed: (milliseconds: number): void => failed(milliseconds / 1_000),
  };
}

/** @param read events that wait for a transaction now */
export function watchWaiting(registry: Registry, read: () => number): void {
  createGauge(registry, { name: 'bellwether_group_commit_waiting_events', help: 'Events that wait now.', over: 'sum', read });
}
