import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveWorld, take, takeAll } from './live-store.js';

const periodMs = 1_000;
let world: ReturnType<typeof createLiveWorld>;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  world = createLiveWorld({ periodMs });
  for (const id of ['a', 'b', 'c']) world.add(id);
});
afterEach(() => {
  world.live.stop();
  vi.useRealTimers();
});

/** Everything that a stream gives, as it comes. */
function listen<T, R>(stream: AsyncIterableIterator<T>, view: (message: T) => R) {
  const heard: R[] = [];
  const ended = (async () => {
    for await (const message of stream) heard.push(view(message));
  })();
  return { heard, ended };
}
const settle = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};
const pass = async (ms: number) => {
  await settle();
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
};

test('experiments with keys begin as they are; without keys only changes come', async () => {
  const some = listen(world.live.experiments(['b', 'a', 'b']), ({ experimentKey, kind }) => `${experimentKey} ${kind}`);
  const all = listen(
    world.live.experiments(null),
    ({ experimentKey, kind, experiment }) => `${experimentKey} ${kind} ${experiment?.status}`,
  );
  await pass(periodMs);
  world.move('c', 'PAUSED');
  await pass(0);
  expect(some.heard).toEqual(['b CHANGED', 'a CHANGED']);
  expect(all.heard).toEqual(['c CHANGED PAUSED']);
});

test('of several changes within a second the first and then the newest are sent, at most one a second an experiment', async () => {
  const { heard } = listen(world.live.experiments(null), ({ experimentKey, experiment }) => `${experimentKey} ${experiment?.version}`);
  for (let i = 0; i < 5; i += 1) {
    world.move('a', i % 2 === 0 ? 'PAUSED' : 'RUNNING');
    await pass(0);
  }
  world.move('b', 'PAUSED');
  await pass(0);
  expect(heard).toEqual(['a 2', 'b 2']);
  await pass(periodMs - 1);
  expect(heard.length).toBe(2);
  await pass(1);
  expect(heard).toEqual(['a 2', 'b 2', 'a 6']);
  await pass(5 * periodMs);
  expect(heard.length).toBe(3);
});

test('evaluations and alerts are changes too, those of other instances as well', async () => {
  const { heard } = listen(world.live.experiments(['a']), ({ kind, at }) => `${kind} ${at.toISOString()}`);
  await pass(periodMs);
  heard.length = 0;
  world.live.evaluated(world.evaluate('a'));
  await pass(periodMs);
  world.live.hint({ kind: 'evaluation', id: 'a', sequence: 2 });
  await pass(periodMs);
  world.live.alerted(world.alert('a', 'one'));
  await pass(periodMs);
  world.alert('a', 'two');
  world.live.hint({ kind: 'alert', sequence: 2 });
  await pass(periodMs);
  const at = '2025-06-01T00:00:00.000Z';
  expect(heard).toEqual([`EVALUATED ${at}`, `EVALUATED ${at}`, `CHANGED ${at}`, `CHANGED ${at}`]);
});

test('what is new is told, and what is gone with its id; the stream completes with the last that is archived or gone', async () => {
  const all = listen(world.live.experiments(null), (update) => update);
  const two = listen(world.live.experiments(['a', 'b']), ({ experimentKey, kind }) => `${experimentKey} ${kind}`);
  await pass(periodMs);
  const created = world.add('d');
  world.live.experimentChanged(null, created, 'CREATED');
  world.remove('a');
  await pass(0);
  expect(all.heard).toEqual([
    { experimentKey: 'd', kind: 'CREATED', at: created.updatedAt, experiment: created, deletedId: null },
    { experimentKey: 'a', kind: 'DELETED', at: new Date('2025-06-01T00:00:00.000Z'), experiment: null, deletedId: 'a' },
  ]);
  world.move('b', 'ARCHIVED');
  await two.ended;
  expect(two.heard).toEqual(['a CHANGED', 'b CHANGED', 'a DELETED', 'b CHANGED']);
  expect((await takeAll(world.live.experiments(['b']))).map(({ experiment }) => experiment?.status)).toEqual(['ARCHIVED']);
});

test('what one change brings in one turn is one message', async () => {
  const { heard } = listen(world.live.experiments(null), ({ experimentKey, kind }) => `${experimentKey} ${kind}`);
  await pass(0);
  world.move('a', 'PAUSED');
  world.live.evaluated(world.evaluate('a'));
  await pass(periodMs);
  expect(heard).toEqual(['a EVALUATED']);
});

test('who comes while a change waits for its time begins with it, and hears of it once', async () => {
  const early = listen(world.live.experiments(['a']), ({ experiment }) => experiment?.version);
  await pass(0);
  for (let i = 0; i < 2; i += 1) {
    world.move('a', i === 0 ? 'PAUSED' : 'RUNNING');
    await pass(0);
  }
  const late = listen(world.live.experiments(['a']), ({ experiment }) => experiment?.version);
  await pass(2 * periodMs);
  expect(early.heard).toEqual([1, 2, 3]);
  expect(late.heard).toEqual([3]);
});

test('a slow reader gets the newest state, not all that it missed', async () => {
  const stream = world.live.experiments(null);
  for (let i = 0; i < 1_000; i += 1) world.move('a', i % 2 === 0 ? 'PAUSED' : 'RUNNING');
  await pass(periodMs);
  const [update] = await take(stream, 1);
  expect(update?.experiment?.version).toBe(1_001);
});

test('counts come at once and then when they have changed, with one query a second over all that are watched', async () => {
  world.count('a', 1);
  world.count('b', 1);
  const streams = Array.from({ length: 50 }, (_, i) =>
    listen(world.live.counts(i % 2 === 0 ? ['a'] : ['a', 'b']), ({ experimentKey, botEvents }) => `${experimentKey} ${botEvents}`),
  );
  await pass(0);
  expect(streams[0]?.heard).toEqual(['a 1']);
  expect(streams[1]?.heard).toEqual(['a 1', 'b 1']);
  expect(world.asked.counts).toBe(1);
  await pass(periodMs);
  await pass(periodMs);
  expect(world.asked.counts).toBe(3);
  world.count('b', 2);
  await pass(periodMs);
  expect(streams[0]?.heard).toEqual(['a 1']);
  expect(streams[1]?.heard).toEqual(['a 1', 'b 1', 'b 2']);
  // Who comes later gets what is known, without a query of their own.
  const late = listen(world.live.counts(['b']), ({ botEvents }) => botEvents);
  await settle();
  expect(late.heard).toEqual([2]);
  expect(world.asked.counts).toBe(4);
});

test('counts of an archived experiment come once, and those of one that goes end the stream', async () => {
  world.count('a', 7);
  world.move('a', 'ARCHIVED');
  const archived = listen(world.live.counts(['a']), ({ botEvents }) => botEvents);
  await pass(0);
  await archived.ended;
  expect(archived.heard).toEqual([7]);
  const going = listen(world.live.counts(['b']), ({ botEvents }) => botEvents);
  await pass(0);
  world.remove('b');
  await pass(periodMs);
  await going.ended;
  expect(going.heard).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('counts wait while the store is away, with one line in the log', async () => {
  world.count('a', 1);
  world.away(true);
  const { heard } = listen(world.live.counts(['a']), ({ botEvents }) => botEvents);
  for (let i = 0; i < 5; i += 1) await pass(periodMs);
  expect(heard).toEqual([]);
  expect(world.log.lines.length).toBe(1);
  world.away(false);
  await pass(periodMs);
  expect(heard).toEqual([1]);
});
