import { createHash } from 'node:crypto';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, test } from 'vitest';
import type { SpanOptions } from '../../src/services/tracer.js';
import { createSampler } from '../../src/telemetry/tracing/sampler.js';
import { createTracer, isDecided } from '../../src/telemetry/tracing/tracer.js';

const spans = new InMemorySpanExporter();
afterEach(() => spans.reset());

let draws = 0;
/** Hexadecimal digits, the same in every run. */
const drawn = (digits: number) => createHash('sha256').update(`${++draws}`).digest('hex').slice(0, digits);

function tracerWith(sampler: Parameters<typeof createSampler>[0]) {
  const provider = new BasicTracerProvider({
    sampler: createSampler(sampler, isDecided),
    spanProcessors: [new SimpleSpanProcessor(spans)],
    idGenerator: { generateTraceId: () => drawn(32), generateSpanId: () => drawn(16) },
  });
  return createTracer(provider.getTracer('test'));
}

const tracer = tracerWith({ kind: 'on', isParentBased: true, ratio: 1 });
const names = () => spans.getFinishedSpans().map(({ name }) => name);
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

/** The trace that a span of these options belongs to, and what it is below. */
function placeOf(options: SpanOptions) {
  tracer.span('it', options, () => {});
  const [span] = spans.getFinishedSpans();
  spans.reset();
  return span && { traceId: span.spanContext().traceId, below: span.parentSpanContext?.spanId ?? null };
}

test('goes on where the caller is, also for callers of later versions of the header', () => {
  for (const traceparent of [`00-${traceId}-${parentId}-01`, `cc-${traceId}-${parentId}-01-what-comes-later`]) {
    expect(placeOf({ parent: { traceparent } })).toEqual({ traceId, below: parentId });
  }
  expect(placeOf({ parent: { traceparent: `00-${traceId}-${parentId}-00` } })).toBeUndefined();
});

test.each([
  undefined,
  '',
  ['00'],
  `00-${traceId}-${parentId}`,
  `00-${traceId.toUpperCase()}-${parentId}-01`,
  `00-${traceId}-${parentId}-01-more`,
  `ff-${traceId}-${parentId}-01`,
  `00-${'0'.repeat(32)}-${parentId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
])('begins anew where the caller says %j', (traceparent) => {
  const place = placeOf({ parent: { traceparent } });
  expect(place?.below).toBeNull();
  expect(place?.traceId).not.toBe(traceId);
});

test('keeps the state of other vendors, unless it is too long', () => {
  const traceparent = `00-${traceId}-${parentId}-01`;
  tracer.span('it', { parent: { traceparent, tracestate: 'other=1' } }, () => {});
  tracer.span('it', { parent: { traceparent, tracestate: `other=${'x'.repeat(512)}` } }, () => {});
  expect(spans.getFinishedSpans().map((span) => span.spanContext().traceState?.get('other'))).toEqual(['1', undefined]);
});

test('a span ends with its work, fails with it, and tells the code and never the message', async () => {
  const fault = Object.assign(new Error('unit hunter2'), { code: 'ECONNRESET' });
  expect(() =>
    tracer.span('thrown', {}, () => {
      throw fault;
    }),
  ).toThrow(fault);
  await expect(tracer.span('rejected', {}, () => Promise.reject(new TypeError('hunter2')))).rejects.toThrow(TypeError);
  await expect(tracer.span('done', {}, async () => 7)).resolves.toBe(7);
  const told = spans.getFinishedSpans().map(({ name, status, attributes }) => [name, status, attributes]);
  expect(told).toEqual([
    ['thrown', { code: 2 }, { 'error.type': 'ECONNRESET' }],
    ['rejected', { code: 2 }, { 'error.type': 'TypeError' }],
    ['done', { code: 0 }, {}],
  ]);
});

test('what is asked for in a span goes below it, over waits too, and nothing outside of one', async () => {
  expect(tracer.child('alone')).toBeNull();
  await tracer.span('outer', {}, async (outer) => {
    await Promise.resolve();
    tracer.child('inner')?.end();
    expect(tracer.here()).toBe(outer?.traceparent);
    expect(tracer.within(undefined, () => tracer.child('elsewhere'))).toBeNull();
  });
  const [inner, outer] = spans.getFinishedSpans();
  expect(names()).toEqual(['inner', 'outer']);
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  expect(tracer.here()).toBeUndefined();
});

test('work within a place elsewhere goes below it', () => {
  tracer.within(`00-${traceId}-${parentId}-01`, () => tracer.child('here')?.end());
  tracer.within(`00-${traceId}-${parentId}-00`, () => expect(tracer.child('not sampled')).toBeNull());
  expect(spans.getFinishedSpans()[0]?.parentSpanContext?.spanId).toBe(parentId);
});

test('where nothing is sampled there are no spans, but for what belongs to those that are', () => {
  const never = tracerWith({ kind: 'off', isParentBased: true, ratio: 1 });
  never.span('left out', {}, (span) => {
    expect(span).toBeNull();
    expect(never.current()).toBeNull();
    expect(never.child('below it')).toBeNull();
  });
  never.span('commit', { isSampled: true, links: [`00-${traceId}-${parentId}-01`] }, () => never.child('statement')?.end());
  expect(names()).toEqual(['statement', 'commit']);
  expect(spans.getFinishedSpans()[1]?.links.map(({ context }) => context.traceId)).toEqual([traceId]);
});

test('samples the share that is asked for', () => {
  const some = tracerWith({ kind: 'ratio', isParentBased: true, ratio: 0.25 });
  for (let i = 0; i < 4_000; i += 1) some.span('it', { parent: {} }, () => {});
  // Five standard deviations of a binomial with 4,000 draws: 137.
  expect(Math.abs(names().length - 1_000)).toBeLessThan(137);
});
