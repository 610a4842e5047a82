/** OpenTelemetry's own variables, as far as the service reads them; the SDK reads the rest. */
import * as read from './config-values.js';

/** How spans are made and where they go. */
export interface TracingConfig {
  /** Where spans are posted. */
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly sampler: {
    readonly kind: 'on' | 'off' | 'ratio';
    /** Whether a caller's decision goes before. */
    readonly isParentBased: boolean;
    /** 0 to 1. */
    readonly ratio: number;
  };
  /** What all spans have in common; `service.name` is among it. */
  readonly resource: Readonly<Record<string, string>>;
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const kinds = { always_on: 'on', always_off: 'off', traceidratio: 'ratio' } as const;

const protocols = ['http/protobuf', 'http/json'] as const;
const endpoint = read.url(['http:', 'https:'], 'http://localhost:4318');

/**
 * Tracing is on where an endpoint is given or the exporter `otlp` is asked for.
 *
 * @returns null: off; then nothing else of OTEL_* is looked at
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTracing(value: read.Reader): TracingConfig | null {
  if (/^true$/i.test(value('OTEL_SDK_DISABLED', '', read.text))) return null;
  const exporter = value('OTEL_TRACES_EXPORTER', null, read.oneOf(['otlp', 'none'] as const));
  const general = value('OTEL_EXPORTER_OTLP_ENDPOINT', null, endpoint);
  const own = value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', null, endpoint);
  if (exporter === 'none' || (exporter === null && general === null && own === null)) return null;
  const forAll = value('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf', read.oneOf(protocols));
  const attributes = value('OTEL_RESOURCE_ATTRIBUTES', {}, read.pairs);
  return Object.freeze({
    url: own ?? `${(general ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/traces`,
    protocol: value('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', forAll, read.oneOf(protocols)),
    sampler: readSampler(value),
    resource: Object.freeze({
      'service.name': 'bellwether',
      ...attributes,
      ...value('OTEL_SERVICE_NAME', {}, (name) => ({ value: { 'service.name': name } })),
    }),
  });
}

function readSampler(value: read.Reader): TracingConfig['sampler'] {
  const name = value('OTEL_TRACES_SAMPLER', 'parentbased_always_on', read.oneOf(samplers));
  const ownName = name.replace('parentbased_', '') as keyof typeof kinds;
  const kind = kinds[ownName];
  const ratio = kind === 'ratio' ? value('OTEL_TRACES_SAMPLER_ARG', 1, read.share) : 1;
  return Object.freeze({ kind, isParentBased: name !== ownName, ratio });
}
