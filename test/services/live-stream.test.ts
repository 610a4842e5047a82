import { expect, test } from 'vitest';
import { createStream, type Wait } from '../../src/services/live-stream.js';

/** A stream that gives what is put into the list, and says when its generator has begun to wait. */
function listed() {
  const list: number[] = [];
  let ends = 0;
  const stream = createStream<number>(
    async function* (wait: Wait) {
      for (;;) {
        const next = list.shift();
        if (next !== undefined) yield next;
        else if (!(await wait(null))) return;
      }
    },
    () => {
      ends += 1;
    },
  );
  const put = (value: number) => {
    list.push(value);
    stream.wake();
  };
  return { stream, put, ends: () => ends };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('an offer is taken while the reader waits, and by nobody else', async () => {
  const { stream, put } = listed();
  expect(stream.offer(1)).toBe(false);
  const first = stream.next();
  await turn();
  expect(stream.offer(2)).toBe(true);
  expect(stream.offer(3)).toBe(false);
  expect(await first).toEqual({ done: false, value: 2 });
  const second = stream.next();
  put(4);
  // What the generator is about to give comes first.
  expect(stream.offer(5)).toBe(false);
  expect(await second).toEqual({ done: false, value: 4 });
});

test('what the generator makes after its reader was served is kept for the next', async () => {
  const { stream, put } = listed();
  const first = stream.next();
  await turn();
  expect(stream.offer(1)).toBe(true);
  put(2);
  await turn();
  put(3);
  expect([await first, await stream.next(), await stream.next()].map(({ value }) => value)).toEqual([1, 2, 3]);
});

test('returning answers all who wait, once and for all', async () => {
  const { stream, put, ends } = listed();
  const waiting = [stream.next(), stream.next()];
  await turn();
  await stream.return();
  expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));
  put(1);
  expect(stream.offer(2)).toBe(false);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(ends()).toBe(1);
});

test('a failure reaches the reader who waits, or the next one, and ends the stream', async () => {
  let fail: () => void = () => {};
  const failing = () =>
    createStream<number>(
      async function* (wait) {
        await wait(null);
        await new Promise<void>((resolve) => {
          fail = resolve;
        });
        throw new Error('broken');
      },
      () => {},
    );
  const stream = failing();
  const waiting = stream.next();
  await turn();
  stream.wake();
  await turn();
  fail();
  await expect(waiting).rejects.toThrow('broken');
  expect((await stream.next()).done).toBe(true);

  const served = failing();
  const first = served.next();
  await turn();
  expect(served.offer(1)).toBe(true);
  served.wake();
  await turn();
  fail();
  await turn();
  expect(await first).toEqual({ done: false, value: 1 });
  await expect(served.next()).rejects.toThrow('broken');
  expect((await served.next()).done).toBe(true);
});
