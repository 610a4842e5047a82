import { EventEmitter } from 'node:events';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createFleet, joinFleet, type Peer } from '../../src/telemetry/metrics/fleet.js';
import { createGauge } from '../../src/telemetry/metrics/gauge.js';
import type { MetricSnapshot } from '../../src/telemetry/metrics/metrics.js';
import { createCounter, createHistogram } from '../../src/telemetry/metrics/tally.js';
import { readExposition } from './exposition.js';

/** Long for processes that are one. */
const options = { patienceMs: 50 };

/** Both ends of a channel between processes: what is sent at one arrives at the other as a copy, in a turn of its own. */
function createChannel() {
  const [first, other] = [new EventEmitter(), new EventEmitter()];
  let isOpen = true;
  const end = (own: EventEmitter, far: EventEmitter): Peer => ({
    on: (event, listener) => own.on(event, listener),
    send(message) {
      const copy: unknown = structuredClone(message);
      if (isOpen) setImmediate(() => far.emit('message', copy));
    },
  });
  return {
    /** What the first process has of the other. */
    worker: end(first, other),
    /** What the other has of the first. */
    process: end(other, first),
    cut: () => {
      isOpen = false;
    },
  };
}

function createMember(fleet: ReturnType<typeof createFleet>) {
  const registry = new Registry();
  const events = createCounter(registry, { name: 'events_total', help: 'Events.' })({ kind: 'a' });
  const observe = createHistogram(registry, { name: 'duration_seconds', help: 'Durations.', buckets: [1] })();
  let age = 0;
  createGauge(registry, { name: 'sockets', help: 'Sockets.', over: 'sum', read: () => 2 });
  createGauge(registry, { name: 'age_seconds', help: 'Age.', over: 'max', read: () => age });
  createGauge(registry, { name: 'up', help: 'Up.', over: 'min', read: () => (age > 5 ? 0 : 1) });
  const channel = createChannel();
  const leave = fleet.join(channel.worker);
  const read = joinFleet(channel.process, () => registry.getMetricsAsJSON() as Promise<unknown> as Promise<MetricSnapshot[]>, options);
  return {
    events,
    observe,
    read,
    cut: channel.cut,
    grow: (to: number) => {
      age = to;
    },
    leave() {
      channel.cut();
      leave();
    },
  };
}

test('whoever is asked answers for all: counts are summed, and gauges as each is meant', async () => {
  const fleet = createFleet(options);
  const [one, two] = [createMember(fleet), createMember(fleet)];
  one.events.add(3);
  two.events.add(4);
  one.observe(0.5);
  two.observe(2);
  two.grow(9);
  for (const read of [fleet.text, one.read, two.read]) {
    const { sum } = readExposition(await read());
    expect(sum('events_total', { kind: 'a' })).toBe(7);
    expect([sum('duration_seconds_bucket', { le: '1' }), sum('duration_seconds_count'), sum('duration_seconds_sum')]).toEqual([1, 2, 2.5]);
    expect([sum('sockets'), sum('age_seconds'), sum('up')]).toEqual([4, 9, 0]);
  }
});

test('what a process had counted stays in when it is gone, also after another has gone, and its gauges do not', async () => {
  const fleet = createFleet(options);
  const [one, two, three] = [createMember(fleet), createMember(fleet), createMember(fleet)];
  for (const member of [one, two, three]) {
    member.events.add(10);
    member.observe(0.5);
  }
  await fleet.text();
  one.leave();
  two.leave();
  createMember(fleet).events.add(1);
  const { sum } = readExposition(await fleet.text());
  expect(sum('events_total')).toBe(31);
  expect(sum('duration_seconds_count')).toBe(3);
  expect(sum('sockets')).toBe(4);
});

test('counts neither fall nor double when a process goes while it is asked', async () => {
  const fleet = createFleet(options);
  const [one, two] = [createMember(fleet), createMember(fleet)];
  one.events.add(3);
  two.events.add(4);
  await fleet.text();
  const reading = fleet.text();
  one.leave();
  expect(readExposition(await reading).sum('events_total')).toBe(7);
  expect(readExposition(await fleet.text()).sum('events_total')).toBe(7);
});

test('a process that does not answer counts with what it had, and one that is cut off shows no sums', async () => {
  const fleet = createFleet(options);
  const [one, two] = [createMember(fleet), createMember(fleet)];
  one.events.add(3);
  two.events.add(4);
  await fleet.text();
  one.events.add(100);
  one.cut();
  const { sum } = readExposition(await fleet.text());
  expect(sum('events_total')).toBe(7);
  expect(sum('sockets')).toBe(2);
  await expect(one.read()).rejects.toThrow('The first process does not answer');
});
