import { createTraceState, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { Traceparent } from '../../services/tracer.js';

/** Version, trace, span, flags; a later version may say more behind them. */
const form = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})($|-)/;
const longestState = 512;

/** @returns null for what names no place. @see https://www.w3.org/TR/trace-context/#versioning-of-traceparent */
export function readTraceparent(traceparent: unknown, tracestate?: unknown): SpanContext | null {
  const [, version, traceId = '', spanId = '', flags = '', end] = (typeof traceparent === 'string' && form.exec(traceparent)) || [];
  if (version === undefined || (version === '00' && end !== '')) return null;
  const place = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  if (!isSpanContextValid(place)) return null;
  const hasState = typeof tracestate === 'string' && tracestate.length <= longestState;
  return hasState ? { ...place, traceState: createTraceState(tracestate) } : place;
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): Traceparent {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}
