import { expect, test } from 'vitest';
import { createSweeper } from '../../src/queue/sweeper.js';
import { createTestLog } from '../redis/clients.js';

/** Something to run whose ends the test decides on. */
function createWork() {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const begun: (() => void)[] = [];
  return {
    ends,
    run: () =>
      new Promise<void>((resolve, reject) => {
        ends.push({ resolve, reject });
        for (const wake of begun.splice(0)) wake();
      }),
    next: () => new Promise<void>((resolve) => begun.push(resolve)),
  };
}

test('a sweep runs again and again, never twice at once', async () => {
  const work = createWork();
  const sweeper = createSweeper({ name: 'test', everyMs: 1, run: work.run, log: createTestLog() });
  sweeper.start();
  sweeper.start();
  for (let i = 1; i <= 3; i += 1) {
    await work.next();
    expect(work.ends.length).toBe(i);
    work.ends[i - 1]?.resolve();
  }
  await sweeper.stop();
});

test('a failure is logged once a row, and the next run comes', async () => {
  const log = createTestLog();
  const work = createWork();
  const sweeper = createSweeper({ name: 'test', everyMs: 1, run: work.run, log });
  sweeper.start();
  for (let i = 0; i < 3; i += 1) {
    await work.next();
    if (i < 2) work.ends[i]?.reject(new Error('away'));
    else work.ends[i]?.resolve();
  }
  await work.next();
  expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  work.ends[3]?.resolve();
  await sweeper.stop();
});

test('stopping waits for the run under way and begins no other', async () => {
  const work = createWork();
  const sweeper = createSweeper({ name: 'test', everyMs: 1, run: work.run, log: createTestLog() });
  sweeper.start();
  await work.next();
  let isStopped = false;
  const stopped = sweeper.stop().then(() => {
    isStopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isStopped).toBe(false);
  work.ends[0]?.resolve();
  await stopped;
  expect(work.ends.length).toBe(1);
});
