import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdLock } from '../../scripts/lock.mjs';
import { prepare } from '../../scripts/prepare.mjs';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwether-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a prepared checkout has nothing to do, quickly', async () => {
  await prepare(() => {});
  const lines: string[] = [];
  const from = performance.now();
  await prepare((line: string) => lines.push(line));
  expect(lines).toEqual([]);
  expect(performance.now() - from).toBeLessThan(1_000);
});

test('of two that prepare at once the second waits for the first', async () => {
  const first = await holdLock(file, () => {});
  const second = holdLock(file, () => first.release());
  (await second).release();
});

test('takes over from a holder that died, but not while a program that it started still works', async () => {
  const worker = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  writeFileSync(file, `${dead.pid}\n${worker.pid}\n`);
  const lock = await holdLock(file, () => worker.stdin.end());
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
  lock.release();
});
