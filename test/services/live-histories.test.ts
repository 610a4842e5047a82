import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveWorld, take, takeAll } from './live-store.js';

let world: ReturnType<typeof createLiveWorld>;
beforeEach(() => {
  world = createLiveWorld();
  world.add('a');
});
afterEach(() => world.live.stop());

const versions = (records: readonly { readonly version: number }[]) => records.map(({ version }) => version);
const sequences = (records: readonly { readonly sequence: number }[]) => records.map(({ sequence }) => sequence);
/** Lets everything happen that is about to. */
const settle = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('weights begin with the present allocation and go on in order, whether handed in, announced or found', async () => {
  for (let i = 0; i < 3; i += 1) world.allocate('a');
  const stream = world.live.weights('a', null);
  expect(versions(await take(stream, 1))).toEqual([3]);
  world.live.allocated(world.allocate('a'));
  expect(versions(await take(stream, 1))).toEqual([4]);
  world.allocate('a');
  world.live.hint({ kind: 'experiment', id: 'a', version: 9 });
  expect(versions(await take(stream, 1))).toEqual([5]);
  world.allocate('a');
  world.live.lookAgain();
  expect(versions(await take(stream, 1))).toEqual([6]);
  // Handed in although two before it were never heard of.
  world.allocate('a', { known: false });
  world.allocate('a', { known: false });
  world.live.allocated(world.allocate('a', { known: false }));
  expect(versions(await take(stream, 3))).toEqual([7, 8, 9]);
});

test('weights of a draft begin with the first allocation that it gets', async () => {
  const stream = world.live.weights('a', null);
  const first = take(stream, 1);
  await settle();
  world.live.allocated(world.allocate('a'));
  expect(versions(await first)).toEqual([1]);
});

test('after a message all that followed it come, however many; after the newest nothing but what is new', async () => {
  for (let i = 0; i < 230; i += 1) world.allocate('a');
  expect(versions(await take(world.live.weights('a', 0), 230))).toEqual(Array.from({ length: 230 }, (_, i) => i + 1));
  expect(versions(await take(world.live.weights('a', 228), 2))).toEqual([229, 230]);
  expect(versions(await take(world.live.weights('a', -7), 2))).toEqual([1, 2]);
  const stream = world.live.weights('a', 230);
  const next = take(stream, 1);
  await settle();
  world.live.allocated(world.allocate('a'));
  expect(versions(await next)).toEqual([231]);
});

test('an after beyond the newest is taken as none, but not when only this instance has not heard of it', async () => {
  world.allocate('a');
  const open = world.live.weights('a', null);
  expect(versions(await take(open, 1))).toEqual([1]);
  expect(versions(await take(world.live.weights('a', 99), 1))).toEqual([1]);
  // Another instance showed version 3 to a client that comes here now; here only 1 is known.
  for (let i = 0; i < 3; i += 1) world.allocate('a', { known: false });
  expect(versions(await take(world.live.weights('a', 3), 1))).toEqual([4]);
});

test('a reader that falls behind what is kept reads the store, and misses and repeats nothing', async () => {
  world.allocate('a');
  const slow = world.live.weights('a', null);
  const fast = world.live.weights('a', null);
  await take(slow, 1);
  await take(fast, 1);
  const expected: number[] = [];
  for (let version = 2; version <= 350; version += 1) {
    world.live.allocated(world.allocate('a'));
    expected.push(version);
  }
  expect(versions(await take(slow, 349))).toEqual(expected);
  expect(versions(await take(fast, 349))).toEqual(expected);
});

test('what is new is loaded once for all who follow', async () => {
  world.allocate('a');
  const streams = Array.from({ length: 200 }, () => world.live.weights('a', null));
  await Promise.all(streams.map((stream) => take(stream, 1)));
  const before = world.asked.allocations ?? 0;
  world.allocate('a');
  const all = Promise.all(streams.map((stream) => take(stream, 1)));
  world.live.hint({ kind: 'experiment', id: 'a', version: 2 });
  expect((await all).flatMap(versions)).toEqual(streams.map(() => 2));
  expect((world.asked.allocations ?? 0) - before).toBeLessThanOrEqual(2);
});

test('results complete after the final evaluation, also for those who come later', async () => {
  world.evaluate('a');
  const stream = world.live.results('a', null);
  expect(sequences(await take(stream, 1))).toEqual([1]);
  world.live.evaluated(world.evaluate('a'));
  world.live.evaluated(world.evaluate('a', { final: true }));
  expect(sequences(await takeAll(stream))).toEqual([2, 3]);
  expect(sequences(await takeAll(world.live.results('a', null)))).toEqual([3]);
  expect(sequences(await takeAll(world.live.results('a', 1)))).toEqual([2, 3]);
  expect(sequences(await takeAll(world.live.results('a', 3)))).toEqual([]);
});

test('streams about an experiment give the rest and complete when it is archived, or gone', async () => {
  world.add('b');
  world.allocate('a');
  const weights = world.live.weights('a', null);
  const results = world.live.results('a', null);
  const alerts = world.live.alerts('a', null);
  const others = world.live.alerts('b', null);
  expect(versions(await take(weights, 1))).toEqual([1]);
  const endings = [takeAll(weights).then(versions), takeAll(results).then(sequences), takeAll(alerts).then(sequences)];
  await settle();
  world.allocate('a');
  world.evaluate('a');
  world.alert('a', 'breach');
  world.move('a', 'ARCHIVED');
  expect(await Promise.all(endings)).toEqual([[2], [1], [1]]);
  expect(versions(await takeAll(world.live.weights('a', 0)))).toEqual([1, 2]);
  const gone = takeAll(others);
  world.remove('b');
  expect(await gone).toEqual([]);
});

test('alerts begin with the open ones, oldest first; then raised and resolved ones come in sequence', async () => {
  world.alert('a', 'one');
  world.add('b');
  world.alert('b', 'two');
  world.alert('a', 'three');
  world.alert('a', 'one');
  const stream = world.live.alerts(null, null);
  expect(await take(stream, 2)).toMatchObject([
    { id: 'two', sequence: 2 },
    { id: 'three', sequence: 3 },
  ]);
  world.live.alerted(world.alert('b', 'two'));
  world.alert('a', 'four');
  world.live.hint({ kind: 'alert', sequence: 6 });
  expect(await take(stream, 2)).toMatchObject([
    { id: 'two', sequence: 5, resolvedAt: expect.any(Date) },
    { id: 'four', sequence: 6, resolvedAt: null },
  ]);
  expect(sequences(await take(world.live.alerts('a', null), 2))).toEqual([3, 6]);
  expect(sequences(await take(world.live.alerts('a', 3), 2))).toEqual([4, 6]);
  expect(sequences(await take(world.live.alerts(null, 0), 4))).toEqual([3, 4, 5, 6]);
});

test('an unknown key is refused at once', () => {
  for (const open of [
    () => world.live.weights('nope', null),
    () => world.live.results('nope', 3),
    () => world.live.alerts('nope', null),
    () => world.live.experiments(['a', 'nope']),
    () => world.live.counts(['nope']),
  ]) {
    expect(open).toThrow(expect.objectContaining({ code: 'EXPERIMENT_NOT_FOUND' }));
  }
});

test('a store that is away neither ends a stream nor floods the log, and nothing is lost', async () => {
  world = createLiveWorld({ lookAgainMs: 10 });
  world.add('a');
  world.allocate('a');
  world.evaluate('a');
  const early = world.live.weights('a', null);
  expect(versions(await take(early, 1))).toEqual([1]);
  world.away(true);
  const late = world.live.results('a', null);
  const [weights, results] = [take(early, 2), take(late, 1)];
  world.allocate('a');
  world.allocate('a');
  world.evaluate('a');
  await vi.waitFor(() => expect(world.asked.latestEvaluation).toBeGreaterThan(5));
  expect(world.log.lines.length).toBe(1);
  world.away(false);
  expect(versions(await weights)).toEqual([2, 3]);
  expect(sequences(await results)).toEqual([2]);
});
