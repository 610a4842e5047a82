import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { methods, runMethod } from '../vectors/adapter.js';
import { compareWithExpected, type VectorFile } from '../vectors/pass-rule.js';

/** Methods of the reference file that are not built yet; nothing else may be missing. */
const notBuilt: readonly string[] = [];

const file = JSON.parse(readFileSync(new URL('../vectors/stats-vectors.json', import.meta.url), 'utf8')) as VectorFile;

describe('reference vectors', () => {
  test('every method of the file is built or listed as not built, and no method is both', () => {
    const named = [...new Set(file.cases.map(({ method }) => method))];
    expect(named.filter((method) => !(method in methods)).toSorted()).toEqual(notBuilt.toSorted());
  });

  const built = file.cases.filter(({ method }) => !notBuilt.includes(method));
  test.each(built.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    expect(compareWithExpected(runMethod(vector.method, vector.input), vector).faults).toEqual([]);
  });
});
