import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Tracer as ApiTracer,
  type Context,
  createContextKey,
  type Link,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Span, SpanOptions, Traceparent, Tracer } from '../../services/tracer.js';
import { readTraceparent, writeTraceparent } from './traceparent.js';

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };

const decided = createContextKey('bellwether: recorded whatever the sampler thinks');

/** Whether a span made in the context is recorded whatever the sampler thinks. */
export const isDecided = (context: Context): boolean => context.getValue(decided) === true;

/** What is under way in this process, or in another where only its place is known. */
interface Place {
  readonly context: Context;
  readonly span: Span | null;
}

/**
 * The tracer of one service on the SDK. The place where work is under way is kept here and not in the SDK's globals, so that services
 * that share a process do not mix.
 */
export function createTracer(otel: ApiTracer): Tracer {
  const places = new AsyncLocalStorage<Place | undefined>();

  function contextFor({ parent, isSampled }: SpanOptions): Context {
    if (isSampled) return ROOT_CONTEXT.setValue(decided, true);
    return parent ? contextOf(parent.traceparent, parent.tracestate) : (places.getStore()?.context ?? ROOT_CONTEXT);
  }

  function begin(name: string, options: SpanOptions): Place {
    const { kind = 'internal', attributes, links = [] } = options;
    const context = contextFor(options);
    const made = otel.startSpan(name, { kind: kinds[kind], ...(attributes && { attributes }), links: links.flatMap(linkOf) }, context);
    // What is decided for this span is none of its children's.
    return { context: trace.setSpan(context.deleteValue(decided), made), span: made.isRecording() ? spanOf(made) : null };
  }

  return {
    span(name, options, work) {
      const place = begin(name, options);
      try {
        const result = places.run(place, work, place.span);
        if (result instanceof Promise) return endWith(place.span, result) as typeof result;
        place.span?.end();
        return result;
      } catch (error) {
        place.span?.end(error);
        throw error;
      }
    },
    child: (name, options = {}) => (isRecorded(places.getStore()) ? begin(name, options).span : null),
    current: () => places.getStore()?.span ?? null,
    here() {
      const place = places.getStore();
      const at = place && isRecorded(place) && trace.getSpanContext(place.context);
      return at ? writeTraceparent(at) : undefined;
    },
    within: (place, work) => places.run(place === undefined ? undefined : { context: contextOf(place), span: null }, work),
  };
}

async function endWith<T>(span: Span | null, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    span?.end();
    return result;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}

function isRecorded(place: Place | undefined): boolean {
  if (!place) return false;
  const flags = trace.getSpanContext(place.context)?.traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

function contextOf(traceparent: unknown, tracestate?: unknown): Context {
  const place = readTraceparent(traceparent, tracestate);
  return place ? trace.setSpanContext(ROOT_CONTEXT, place) : ROOT_CONTEXT;
}

function linkOf(to: Traceparent): Link[] {
  const context = readTraceparent(to);
  return context ? [{ context }] : [];
}

function spanOf(made: OtelSpan): Span {
  const fail = (type: string) => void made.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', type);
  return {
    traceparent: writeTraceparent(made.spanContext()),
    rename: (name) => void made.updateName(name),
    set: (name, value) => void made.setAttribute(name, value),
    link: (to) => void made.addLinks(linkOf(to)),
    fail,
    end(error) {
      if (error !== undefined) fail(typeOf(error));
      made.end();
    },
  };
}

/** The code of an error, else its name. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z\d_]{2,50}$/.test(code) ? code : error.name;
}
