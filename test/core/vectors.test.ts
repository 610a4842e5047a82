import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { methods, runMethod } from '../vectors/adapter.js';
import { compareWithExpected, type VectorFile } from '../vectors/pass-rule.js';

/** The reference file, and our own further cases at the edges, whose numbers come from test/vectors/make-edge-vectors.py. */
describe.each([
  ['stats-vectors.json', 314],
  ['edge-vectors.json', 414],
])('%s', (name, count) => {
  const { cases } = JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as VectorFile;

  test('every method is built', () => {
    expect(cases.length).toBe(count);
    expect([...new Set(cases.map(({ method }) => method))].filter((method) => !(method in methods))).toEqual([]);
  });

  test.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    expect(compareWithExpected(runMethod(vector.method, vector.input), vector).faults).toEqual([]);
  });
});
