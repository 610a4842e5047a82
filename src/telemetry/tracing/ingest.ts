import type { GroupCommit } from '../../services/group-commit.js';
import type { EventStore, IngestRequest } from '../../services/ports.js';
import type { Span, Tracer } from '../../services/tracer.js';

/**
 * Requests with events share transactions, so a transaction is no part of any one of them: it has a trace of its own, linked to the requests
 * that it serves as they are linked to it. It is recorded when one of them is.
 */
export function createIngestTracing(tracer: Tracer) {
  const waits = new WeakMap<IngestRequest, Span>();

  return {
    /** The lane with a span around each of its transactions. */
    lane: (lane: EventStore): EventStore => ({
      ...lane,
      ingest(requests, rules) {
        const served = requests.flatMap((request) => waits.get(request) ?? []);
        if (served.length === 0) return tracer.within(undefined, () => lane.ingest(requests, rules));
        const attributes = {
          'bellwether.ingest.requests': requests.length,
          'bellwether.ingest.events': requests.reduce((sum, { items }) => sum + items.length, 0),
        };
        const links = served.map(({ traceparent }) => traceparent);
        return tracer.span('ingest commit', { isSampled: true, links, attributes }, (span) => {
          for (const wait of served) if (span) wait.link(span.traceparent);
          return lane.ingest(requests, rules);
        });
      },
    }),

    /** The door to the lanes with a span from a request's coming in to the commit that it waits for. */
    door: (commits: GroupCommit): GroupCommit => ({
      ...commits,
      submit(prepare, size) {
        // A lane asks when it is free, in a place of its own: what is asked for goes on in that of the request.
        if (!tracer.current()) return commits.submit(() => tracer.within(undefined, prepare), size);
        return tracer.span('ingest', { attributes: { 'bellwether.ingest.events': size } }, (span) => {
          const place = tracer.here();
          const noted = async () => {
            const request = await tracer.within(place, prepare);
            if (span) waits.set(request, span);
            return request;
          };
          return commits.submit(noted, size);
        });
      },
    }),
  };
}
