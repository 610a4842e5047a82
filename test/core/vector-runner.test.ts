import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareWithExpected } from '../vectors/pass-rule.js';
import { parseVectorFile, printedReport, runVectors } from '../vectors/report.js';

const median = {
  id: 'median',
  method: 'normal_quantile',
  input: { probability: 0.5, tail: 'upper' },
  expected: { x: 0 },
  tolerance: { relative: 1e-12, absolute: 0 },
};
const refusal = { ...median, id: 'refusal', input: { probability: 'NaN', tail: 'upper' }, expected: { error: 'invalid_input' } };
const fileOf = (...cases: readonly unknown[]) => JSON.stringify({ format: 1, cases });
const faultsOf = (got: unknown, expected: unknown, tolerance: object = { relative: 1e-10, absolute: 0 }) =>
  compareWithExpected(got, { expected, tolerance: tolerance as { relative: number; absolute: number } }).faults;

describe('the pass rule', () => {
  test('takes the larger of the two tolerances, and that of the nearest key in its place', () => {
    expect(faultsOf({ a: 1 + 1e-11 }, { a: 1 })).toEqual([]);
    expect(faultsOf({ a: 1 + 1e-9 }, { a: 1 })).toHaveLength(1);
    expect(faultsOf({ a: 1e-9 }, { a: 0 }, { relative: 1, absolute: 1e-8 })).toEqual([]);
    const fields = { relative: 0, absolute: 0, fields: { list: { relative: 0.1, absolute: 0 }, b: { absolute: 1 } } };
    expect(faultsOf({ list: [1.05, [2.1]], deep: { b: 4 } }, { list: [1, [2]], deep: { b: 3.5 } }, fields)).toEqual([]);
    expect(faultsOf({ list: [{ other: 1.05 }] }, { list: [{ other: 1 }] }, fields)).toHaveLength(1);
  });

  test('never lets NaN or an infinity pass, except where one is expected', () => {
    for (const got of [Number.NaN, Number.POSITIVE_INFINITY, undefined, null, '1']) {
      expect(faultsOf({ a: got }, { a: 1 }, { relative: 1e300, absolute: 1e300 })).toHaveLength(1);
    }
    expect(faultsOf({ a: Number.POSITIVE_INFINITY, b: Number.NaN }, { a: 'Infinity', b: 'NaN' })).toEqual([]);
    expect(faultsOf({ a: 1e308, b: 0 }, { a: 'Infinity', b: 'NaN' })).toHaveLength(2);
  });

  test('takes anything below 1e-300 for an expected 0, and words, null and lengths only as they are', () => {
    expect(faultsOf({ p: 3e-301 }, { p: 0 })).toEqual([]);
    expect(faultsOf({ p: 2e-300 }, { p: 0 })).toHaveLength(1);
    expect(faultsOf({ a: 'x', b: null, c: true, extra: 1 }, { a: 'x', b: null, c: true })).toEqual([]);
    expect(faultsOf({ a: 'y', b: 0, c: 1 }, { a: 'x', b: null, c: true })).toHaveLength(3);
    expect(faultsOf({ a: [1, 2] }, { a: [1] })).toHaveLength(1);
    expect(faultsOf({ error: 'zero_variance' }, { a: 1 })).toEqual(['expected numbers, received the refusal zero_variance']);
    expect(faultsOf({ error: 'zero_variance' }, { error: 'invalid_input' })).toHaveLength(1);
  });
});

describe('a report', () => {
  test('has a line a method, names what failed, and counts', () => {
    const wrong = { ...median, id: 'wrong', expected: { x: 1 } };
    const unknown = { ...median, id: 'unknown', method: 'tea_leaves' };
    const broken = { ...median, id: 'broken', method: 'sample_moments', input: {} };
    const report = runVectors(parseVectorFile(fileOf(median, wrong, unknown, refusal, broken)));
    expect(report).toMatchObject({ passed: 2, failed: 3 });
    expect(report.rows.map(({ method, cases }) => [method, cases])).toEqual([
      ['normal_quantile', 3],
      ['tea_leaves', 1],
      ['sample_moments', 1],
    ]);
    const text = printedReport(report);
    expect(text).toMatch(/FAILED normal_quantile wrong: x: expected 1, received -?0 \(1\.0e\+0 relative\)/);
    expect(text).toContain('FAILED tea_leaves unknown: there is no such method here');
    expect(text).toContain('FAILED sample_moments broken: the method broke: ');
    expect(text.split('\n').at(-1)).toBe('2 passed, 3 failed');
  });

  test.each([
    ['nonsense', 'not JSON'],
    ['[]', 'no object'],
    ['{"format":2,"cases":[]}', '"format" must be 1, received 2'],
    ['{"format":1}', '"cases" must be a list'],
    [fileOf(median, { ...median, method: 7 }), 'case 2: "method" of median must be text'],
    [fileOf({ ...median, tolerance: undefined }), 'case 1: "tolerance" of median'],
  ])('refuses %s and says why', (text, message) => {
    expect(() => parseVectorFile(text)).toThrow(message);
  });
});

describe('npm run vectors', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bellwether-vectors-'));
    writeFileSync(join(folder, 'good.json'), `\uFEFF${fileOf(median, refusal)}`);
    writeFileSync(join(folder, 'bad.json'), fileOf({ ...median, expected: { x: 1 } }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'test/vectors/run.ts', ...args], {
      encoding: 'utf8',
      env: { ...process.env, INIT_CWD: folder },
    });
    return { status, stdout, stderr };
  };

  test('ends with 0 when all pass; the path is meant from where npm was called', () => {
    const { status, stdout } = run('good.json');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('2 passed, 0 failed');
    expect(status).toBe(0);
  });

  test('ends with 1 when a case fails', () => {
    const { status, stdout } = run(join(folder, 'bad.json'));
    expect(stdout).toContain('0 passed, 1 failed');
    expect(status).toBe(1);
  });

  test.each([
    [['none.json'], 'Cannot read '],
    [['.'], 'Cannot read '],
    [[], 'one file was expected'],
    [['good.json', 'bad.json'], 'one file was expected'],
    [['--fast'], "Unknown option '--fast'"],
  ])('ends with 2 for %j and says why', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('explains itself', () => {
    const { status, stdout } = run('--help');
    expect(stdout).toContain('Usage: npm run vectors -- FILE.json');
    expect(status).toBe(0);
  });
});
