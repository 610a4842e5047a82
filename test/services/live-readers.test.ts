import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveWorld, take, takeAll } from './live-store.js';

let world: ReturnType<typeof createLiveWorld>;
beforeEach(() => {
  world = createLiveWorld();
  world.add('a');
});
afterEach(() => world.live.stop());

const sequences = (records: readonly { readonly sequence: number }[]) => records.map(({ sequence }) => sequence);
/** Lets everything happen that is about to. */
const settle = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('whatever is committed, heard of, or missed, every reader gets each message once and in order', async () => {
  type Step = { readonly kind: 'hand' | 'hint' | 'silent' | 'look' | 'settle' } | { readonly kind: 'open'; readonly back: number | null };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constantFrom<Step>({ kind: 'hand' }, { kind: 'hint' }, { kind: 'silent' }, { kind: 'look' }, { kind: 'settle' }),
    fc.record({ kind: fc.constant('open' as const), back: fc.option(fc.integer({ min: 0, max: 200 })) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 160 }), fc.array(step, { minLength: 5, maxLength: 60 }), async (already, steps) => {
      const own = createLiveWorld();
      own.add('a');
      for (let i = 0; i < already; i += 1) own.evaluate('a');
      let newest = already;
      const readers: { readonly after: number | null; readonly got: Promise<number[]> }[] = [];
      for (const next of steps) {
        if (next.kind === 'open') {
          const after = next.back === null ? null : Math.max(0, newest - next.back);
          readers.push({ after, got: takeAll(own.live.results('a', after)).then(sequences) });
        } else if (next.kind === 'look') own.live.lookAgain();
        else if (next.kind === 'settle') await settle();
        else {
          const evaluation = own.evaluate('a');
          newest = evaluation.sequence;
          if (next.kind === 'hand') own.live.evaluated(evaluation);
          if (next.kind === 'hint') own.live.hint({ kind: 'evaluation', id: 'a', sequence: newest });
        }
      }
      own.live.evaluated(own.evaluate('a', { final: true }));
      newest += 1;
      for (const { after, got } of readers) {
        const list = await got;
        const first = after === null ? (list[0] ?? 0) : after + 1;
        expect(list).toEqual(Array.from({ length: newest - first + 1 }, (_, i) => first + i));
      }
      own.live.stop();
    }),
    { numRuns: 100, seed: 8 },
  );
});

test('thousands of readers get each message once and in order, also what comes while they are still being told', async () => {
  const readers = Array.from({ length: 2_500 }, () => takeAll(world.live.results('a', 0)));
  await settle();
  for (let i = 0; i < 3; i += 1) {
    world.live.evaluated(world.evaluate('a'));
    if (i === 1) await settle();
  }
  world.live.evaluated(world.evaluate('a', { final: true }));
  for (const reader of readers) expect(sequences(await reader)).toEqual([1, 2, 3, 4]);
});

test('a stream that is returned, also while it waits, leaves nothing behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  try {
    world = createLiveWorld();
    world.add('a');
    world.allocate('a');
    const streams = [
      world.live.weights('a', null),
      world.live.results('a', null),
      world.live.alerts(null, null),
      world.live.alerts('a', 3),
      world.live.experiments(null),
      world.live.experiments(['a']),
      world.live.counts(['a']),
    ];
    const unread = world.live.weights('a', null);
    const pending = streams.map(async (stream) => {
      while (!(await stream.next()).done);
    });
    await settle();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    for (const stream of [...streams, unread]) expect(await stream.return?.()).toEqual({ done: true, value: undefined });
    await Promise.all(pending);
    expect(vi.getTimerCount()).toBe(0);
    const asked = { ...world.asked };
    world.live.allocated(world.allocate('a'));
    world.live.alerted(world.alert('a', 'late'));
    await settle();
    expect(world.asked).toEqual(asked);
  } finally {
    vi.useRealTimers();
  }
});

test('what is announced while a load is under way is loaded too', async () => {
  world.evaluate('a');
  const stream = world.live.results('a', null);
  await take(stream, 1);
  const next = take(stream, 2);
  world.evaluate('a');
  world.live.hint({ kind: 'evaluation', id: 'a', sequence: 2 });
  // The load has read the store, and not yet answered.
  await Promise.resolve();
  await Promise.resolve();
  world.evaluate('a');
  world.live.hint({ kind: 'evaluation', id: 'a', sequence: 3 });
  expect(sequences(await next)).toEqual([2, 3]);
});

test('returning does not wait for a store that hangs, and stopping completes all streams and those opened later', async () => {
  world.allocate('a');
  const stream = world.live.weights('a', null);
  const waiting = stream.next();
  await stream.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  const open = takeAll(world.live.alerts(null, null));
  world.live.stop();
  expect(await open).toEqual([]);
  for (const late of [world.live.weights('a', null), world.live.experiments(null), world.live.counts(['a'])]) {
    expect(await late.next()).toEqual({ done: true, value: undefined });
  }
});
