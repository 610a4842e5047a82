import { expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { faultsOf } from './config-faults.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

const tracing = (env: Record<string, string>) => readConfig(env).tracing;

test('an endpoint is enough: protobuf, all traces but those that a caller leaves out', () => {
  expect(tracing(endpoint)).toEqual({
    url: 'http://collector:4318/v1/traces',
    protocol: 'http/protobuf',
    sampler: { kind: 'on', isParentBased: true, ratio: 1 },
    resource: { 'service.name': 'bellwether' },
  });
  expect(tracing({ OTEL_TRACES_EXPORTER: 'otlp' })?.url).toBe('http://localhost:4318/v1/traces');
  expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector/otlp/' })?.url).toBe('https://collector/otlp/v1/traces');
});

test('an endpoint and a protocol of traces alone go before those of all signals', () => {
  const own = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/here',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
  };
  expect(tracing({ ...endpoint, ...own })).toMatchObject({ url: 'https://traces.example/here', protocol: 'http/protobuf' });
});

test.each<Record<string, string>>([
  {},
  { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
  { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  // Of no interest to a service that is not traced.
  { OTEL_TRACES_SAMPLER: 'whatever', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
])('is off with %j', (env) => {
  expect(tracing(env)).toBeNull();
});

test('names the service and what all its spans have in common', () => {
  const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other, deployment.environment.name=a%2Cb' };
  expect(tracing({ ...endpoint, ...attributes })?.resource).toEqual({ 'service.name': 'other', 'deployment.environment.name': 'a,b' });
  expect(tracing({ ...endpoint, ...attributes, OTEL_SERVICE_NAME: 'shop tests' })?.resource['service.name']).toBe('shop tests');
});

test.each([
  ['always_on', undefined, { kind: 'on', isParentBased: false, ratio: 1 }],
  ['always_off', undefined, { kind: 'off', isParentBased: false, ratio: 1 }],
  ['traceidratio', '0.25', { kind: 'ratio', isParentBased: false, ratio: 0.25 }],
  ['parentbased_always_off', undefined, { kind: 'off', isParentBased: true, ratio: 1 }],
  ['parentbased_traceidratio', '0', { kind: 'ratio', isParentBased: true, ratio: 0 }],
])('samples by %s %s', (name, share, expected) => {
  const env = { ...endpoint, OTEL_TRACES_SAMPLER: name, ...(share !== undefined && { OTEL_TRACES_SAMPLER_ARG: share }) };
  expect(tracing(env)?.sampler).toEqual(expected);
});

test.each([
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=b,c'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=%'],
])('refuses %s=%j by name', (name, value) => {
  expect(faultsOf({ ...endpoint, [name]: value })).toEqual([expect.stringMatching(`^${name}: received `)]);
});

test('refuses a share that is none', () => {
  const env = { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' };
  expect(faultsOf(env)).toEqual(['OTEL_TRACES_SAMPLER_ARG: received "1.5"; expected a number from 0 to 1']);
});
