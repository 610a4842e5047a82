import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createTracer } from '../../src/telemetry/tracing/tracer.js';

/** A tracer whose spans stay in this process: all are recorded, and there as soon as they end. */
export function createRecorder() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return {
    tracer: createTracer(provider.getTracer('test')),
    /** Those that have ended since the last look, with the name of what each is below. */
    taken() {
      const spans = exporter.getFinishedSpans();
      exporter.reset();
      const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
      return spans.map(({ name, parentSpanContext, attributes, status }) => ({
        name,
        below: names.get(parentSpanContext?.spanId ?? '') ?? null,
        attributes,
        failed: status.code === 2,
      }));
    },
  };
}
