import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { atLeast, atMost, foundLines, inRange, near } from './judgements.js';
import { createProgress } from './progress.js';
import { tableOf } from './table.js';

/** The command itself, and what it prints. */

const root = fileURLToPath(new URL('../..', import.meta.url));

async function simulate(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/simulation/simulate.ts', ...args], { cwd: root });
  const code = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, output, errors };
}

/** Without the last line, which tells threads and time. */
const tables = (output: string) => output.split('\n').slice(0, -2).join('\n');

test('the same seed gives the same table with any number of threads', async () => {
  const command = ['--runs', '30', '--only', 'planning'] as const;
  const one = await simulate(...command, '--threads', '1');
  expect(one.code).toBe(0);
  expect(one.output).toMatch(/\d+ passed, 0 failed, \d+ shown; fewer runs, seed 20261121, 1 threads/);
  expect(one.errors).toContain('simulated100% in');
  expect(tables((await simulate(...command, '--threads', '3')).output)).toBe(tables(one.output));
}, 120_000);

test('a command that makes no sense is told so and ends with 2', async () => {
  expect(await simulate('--only', 'luck')).toMatchObject({ code: 2, output: '', errors: expect.stringContaining('no table "luck"') });
  expect(await simulate('--quick', '--runs', '9')).toMatchObject({ code: 2, errors: expect.stringContaining('one of') });
  expect(await simulate('--threads', '0')).toMatchObject({ code: 2, errors: expect.stringContaining('received "0"') });
  expect(await simulate('--help')).toMatchObject({ code: 0, output: expect.stringContaining('Exit codes') });
}, 120_000);

test('a line fails from where chance no longer explains it', () => {
  // 3.29 sqrt(0.05 x 0.95 / 10,000) = 0.00717.
  expect([571, 572].map((hits) => atMost([], hits, 10_000, 0.05).verdict)).toEqual(['pass', 'FAIL']);
  expect([9429, 9428].map((hits) => atLeast([], hits, 10_000, 0.95).verdict)).toEqual(['pass', 'FAIL']);
  // 3.29 sqrt(0.8 x 0.2 / 100,000) = 0.0042 is less than the tolerance.
  expect([78_010, 77_990].map((hits) => near([], hits, 100_000, 0.8, 0.02).verdict)).toEqual(['pass', 'FAIL']);
  expect([449, 448].map((hits) => inRange([], hits, 10_000, [0.0449, 0.0551], 10_000).verdict)).toEqual(['pass', 'FAIL']);
});

test('what some runs never found has no median before half of them did', () => {
  const found = (times: readonly number[]) =>
    foundLines((figure) => [figure], { found: times, runs: 4, within: 10, least: 0.75, last: 90, unit: 'days' });
  expect(found([3, 5, 7])[1].measured).toBe('7, over 90');
  expect(found([3])[1].measured).toBe('over 90, over 90');
});

test('a table lines its columns up', () => {
  const study = { name: 'toys', title: 'Toys', note: 'Some.', columns: ['kind', 'of'], rows: [] };
  expect(tableOf(study, [atMost(['round', 'x'], 5, 100, 0.05), atMost(['oblong', 'yy'], 0, 20_000, 0.05)]).split('\n')).toEqual([
    'Toys (toys)',
    'Some.',
    '-'.repeat(53),
    'kind    of  measured      bound  ± 99.9%   runs',
    '-'.repeat(53),
    'round    x    0.0500  <= 0.0500   0.0717    100  pass',
    'oblong  yy         0  <= 0.0500   0.0051  20000  pass',
    '',
  ]);
});

test('progress is a bar that is redrawn on a terminal, and a line at every tenth elsewhere', () => {
  const draw = (isTTY: boolean) => {
    const written: string[] = [];
    const output = { isTTY, write: (chunk: string) => written.push(chunk) > 0 } as unknown as NodeJS.WriteStream;
    let now = 0;
    const progress = createProgress(20, output, () => now);
    for (let step = 0; step < 20; step++) {
      now += 1;
      progress.advance(1);
    }
    progress.clear();
    return written;
  };
  expect(draw(false)).toHaveLength(10);
  expect(draw(false)[4]).toBe('simulated 50% in 10 s, 10 s left\n');
  const bar = draw(true);
  expect(bar[9]).toBe(`\r[${'#'.repeat(20)}${'.'.repeat(20)}] 50% 10 s 10 s left   `);
  expect(bar.at(-1)?.trim()).toBe('');
});
