import { randomUUID } from 'node:crypto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createExporter, type ExporterLog, type OtlpProtocol } from './exporter.js';
import { createSampler, type SamplerSettings } from './sampler.js';
import { createTracer, isDecided } from './tracer.js';

/** As the environment's OTEL_* say. */
export interface TracingSettings {
  /** Where spans are posted, e.g. `http://localhost:4318/v1/traces`. */
  readonly url: string;
  readonly protocol: OtlpProtocol;
  readonly sampler: SamplerSettings;
  /** What all spans have in common, `service.name` among it. */
  readonly resource: Readonly<Record<string, string>>;
}

/** How long the last spans may take to be delivered: all must have ended within 5 s of the signal, whatever the receiver does. */
const flushWithinMs = 800;

/** The tracer with the SDK behind it, which works in the background: who is traced never waits for the receiver. */
export function openSdk({ url, protocol, sampler, resource }: TracingSettings, log: ExporterLog) {
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.instance.id': randomUUID(), ...resource })),
    sampler: createSampler(sampler, isDecided),
    spanProcessors: [new BatchSpanProcessor(createExporter(url, protocol, log))],
  });
  return {
    tracer: createTracer(provider.getTracer('bellwether')),
    /** Delivers what there is, as far as it can be in so short a time. */
    async stop(): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, flushWithinMs);
      });
      // A failure has been logged where it happened.
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}
