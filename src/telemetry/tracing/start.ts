import type { Tracer } from '../../services/tracer.js';
import type { ExporterLog } from './exporter.js';
import type { TracingSettings } from './sdk.js';

export interface Tracing {
  readonly tracer: Tracer;
  /** Members of a log line that name the span under way, as OpenTelemetry names them; none outside of one. */
  readonly logFields: () => Readonly<Record<string, string>>;
  /** Delivers the last spans; within a second, whatever the receiver does. */
  readonly stop: () => Promise<void>;
}

const nothing = {};

/** Loads the SDK, which nobody else does: without tracing it costs neither time nor memory. */
export async function startTracing(settings: TracingSettings, log: ExporterLog): Promise<Tracing> {
  const { openSdk } = await import('./sdk.js');
  const { tracer, stop } = openSdk(settings, log);
  return {
    tracer,
    stop,
    logFields() {
      const [, traceId, spanId] = tracer.here()?.split('-') ?? [];
      if (!traceId || !spanId) return nothing;
      return { trace_id: traceId, span_id: spanId };
    },
  };
}
