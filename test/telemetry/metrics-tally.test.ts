import { Counter, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createGauge } from '../../src/telemetry/metrics/gauge.js';
import { createReading } from '../../src/telemetry/metrics/reading.js';
import { createCounter, createHistogram } from '../../src/telemetry/metrics/tally.js';

const buckets = [0.001, 0.01, 0.1, 1];

test('a counter and a histogram show what prom-client itself shows for the same values', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const count = createCounter(ours, { name: 'events_total', help: 'Events.' })({ kind: 'a' });
  const observe = createHistogram(ours, { name: 'duration_seconds', help: 'Durations.', buckets })({ route: 'graphql' });
  const counter = new Counter({ name: 'events_total', help: 'Events.', labelNames: ['kind'], registers: [theirs] });
  const histogram = new Histogram({ name: 'duration_seconds', help: 'Durations.', labelNames: ['route'], buckets, registers: [theirs] });
  // Some stand exactly on a bound, which is in its bucket.
  for (const value of [0, 0.001, 0.0010001, 0.05, 0.1, 0.1, 0.99, 1, 1.5, 100]) {
    count.add(2);
    counter.inc({ kind: 'a' }, 2);
    observe(value);
    histogram.observe({ route: 'graphql' }, value);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

test('a series shows before anything has happened, so that its first increase is one', async () => {
  const registry = new Registry();
  createCounter(registry, { name: 'events_total', help: 'Events.' })({ kind: 'a' });
  createHistogram(registry, { name: 'duration_seconds', help: 'Durations.', buckets: [1] })();
  const text = await registry.metrics();
  expect(text).toContain('events_total{kind="a"} 0\n');
  expect(text).toContain('duration_seconds_bucket{le="+Inf"} 0\nduration_seconds_sum 0\nduration_seconds_count 0\n');
});

test('a gauge leaves out what is no number, and all while nothing is known', async () => {
  const registry = new Registry();
  createGauge(registry, {
    name: 'ratio',
    help: 'A share.',
    over: 'max',
    read: () => [[{ store: 'a' }, 1 / 0] as const, [{ store: 'b' }, 0.5] as const],
  });
  createGauge(registry, { name: 'unknown', help: 'Not known.', over: 'max', read: () => null });
  expect(await registry.metrics()).toBe(
    '# HELP ratio A share.\n# TYPE ratio gauge\nratio{store="b"} 0.5\n\n# HELP unknown Not known.\n# TYPE unknown gauge\n',
  );
});

test('two readings at the same time do not disturb each other', async () => {
  const registry = new Registry();
  let asked = 0;
  const read = createReading(async () => {
    asked += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return [[{ store: 'a' }, 7] as const];
  });
  createGauge(registry, { name: 'slow', help: 'Slow.', over: 'max', read });
  const [first, second] = await Promise.all([registry.metrics(), registry.metrics()]);
  expect(first).toContain('slow{store="a"} 7');
  expect(second).toBe(first);
  expect(asked).toBe(1);
});

test('a reading gives up on what hangs, asks it no second time meanwhile, and reads again when it has come back', async () => {
  const answers: ((value: number) => void)[] = [];
  const read = createReading(() => new Promise<number>((resolve) => answers.push(resolve)), 5);
  expect(await read()).toBeNull();
  expect(await read()).toBeNull();
  expect(answers).toHaveLength(1);
  const late = read();
  answers[0]?.(1);
  expect(await late).toBe(1);
  const again = read();
  await new Promise((resolve) => setImmediate(resolve));
  answers[1]?.(2);
  expect(await again).toBe(2);
});

test('a reading that fails is unknown', async () => {
  expect(await createReading(() => Promise.reject(new Error('away')))()).toBeNull();
});
