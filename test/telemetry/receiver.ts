/** An OTLP receiver: what a collector would get, as it got it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 5 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 when it failed. */
  readonly status: number;
  readonly resource: Readonly<Record<string, string | number>>;
}

interface Pair {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

interface Batch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'status'> & {
        readonly attributes: readonly Pair[];
        readonly status: { readonly code?: number };
      })[];
    }[];
  }[];
}

const recordOf = (pairs: readonly Pair[]) =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));

function spansOf({ resourceSpans }: Batch): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? '',
        attributes: recordOf(span.attributes ?? []),
        links: span.links ?? [],
        status: span.status.code ?? 0,
        resource: recordOf(resource.attributes),
      })),
    ),
  );
}

export interface Receiver {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is. */
  readonly url: string;
  /** Types of the bodies that came. */
  readonly types: ReadonlySet<string>;
  /** All that came, as text. */
  text(): string;
  /** Spans of bodies in JSON. */
  spans(): readonly ReceivedSpan[];
  /** The first span that fits, as soon as it comes. */
  span(fits: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
  /** Resolves at the next body that comes. */
  something(): Promise<void>;
  close(): Promise<void>;
}

/** @param answers false: takes what comes and never answers */
export async function openReceiver({ answers = true } = {}): Promise<Receiver> {
  const types = new Set<string>();
  const received: ReceivedSpan[] = [];
  const watchers = new Set<() => void>();
  let all = '';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const type = request.headers['content-type'] ?? '';
    types.add(type);
    all += body.toString('latin1');
    if (type === 'application/json') received.push(...spansOf(JSON.parse(body.toString()) as Batch));
    for (const look of watchers) look();
    if (answers) response.writeHead(200, { 'content-type': type }).end(type === 'application/json' ? '{}' : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    types,
    text: () => all,
    spans: () => received,
    span: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = received.find(fits);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    something: () =>
      new Promise((resolve) => {
        const look = () => {
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
