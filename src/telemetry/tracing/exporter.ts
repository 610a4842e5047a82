import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

export type OtlpProtocol = 'http/protobuf' | 'http/json';

export interface ExporterLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Headers, time limit, compression and certificates the SDK reads from OTEL_EXPORTER_OTLP_* by itself. */
export function createExporter(url: string, protocol: OtlpProtocol, log: ExporterLog): SpanExporter {
  const exporter: SpanExporter = protocol === 'http/json' ? new JsonExporter({ url }) : new ProtobufExporter({ url });
  return sayingOnce(exporter, log);
}

/** The first failure of a row is logged, and when spans arrive again: a receiver that is away must not fill the log. */
function sayingOnce(exporter: SpanExporter, log: ExporterLog): SpanExporter {
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code === 0) {
          if (lost > 0) log.info({ lost }, 'Spans arrive again');
          lost = 0;
        } else {
          if (lost === 0) log.warn({ err: result.error }, 'Spans could not be delivered; they are lost until the receiver is back');
          lost += spans.length;
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
