import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { methods, runMethod } from '../vectors/adapter.js';
import { compareWithExpected, type VectorFile } from '../vectors/pass-rule.js';

const file = JSON.parse(readFileSync(new URL('../vectors/stats-vectors.json', import.meta.url), 'utf8')) as VectorFile;

describe('reference vectors', () => {
  test('every method of the file is built', () => {
    expect(file.cases.length).toBe(314);
    expect([...new Set(file.cases.map(({ method }) => method))].filter((method) => !(method in methods))).toEqual([]);
  });

  test.each(file.cases.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    expect(compareWithExpected(runMethod(vector.method, vector.input), vector).faults).toEqual([]);
  });
});
