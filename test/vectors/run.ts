import { readFileSync } from 'node:fs';
import { methods, runMethod } from './adapter.js';
import { compareWithExpected, type VectorFile } from './pass-rule.js';

/** Runs a reference file against our functions: `tsx test/vectors/run.ts FILE.json`. Ends with 1 when a case fails, 2 when the file cannot be read. */

const [path] = process.argv.slice(2);
if (!path) {
  console.error('usage: npm run vectors -- FILE.json');
  process.exit(2);
}

const { cases } = JSON.parse(readFileSync(path, 'utf8')) as VectorFile;
const byMethod = new Map<string, { cases: number; failed: number; worst: number }>();
let failed = 0;
for (const vector of cases) {
  const { faults, worstRelativeError } =
    vector.method in methods
      ? compareWithExpected(outcomeOf(vector.method, vector.input), vector)
      : { faults: [`no method ${vector.method}`], worstRelativeError: 0 };
  const row = byMethod.get(vector.method) ?? { cases: 0, failed: 0, worst: 0 };
  row.cases += 1;
  row.worst = Math.max(row.worst, worstRelativeError);
  if (faults.length > 0) {
    row.failed += 1;
    failed += 1;
    console.log(`FAILED ${vector.id}: ${faults.join('; ')}`);
  }
  byMethod.set(vector.method, row);
}
const width = Math.max(...[...byMethod.keys()].map((name) => name.length), 6);
console.log(`${'method'.padEnd(width)}  cases  failed  worst relative error`);
for (const [name, row] of byMethod) {
  console.log(
    `${name.padEnd(width)}  ${`${row.cases}`.padStart(5)}  ${`${row.failed}`.padStart(6)}  ${row.worst.toExponential(1).padStart(20)}`,
  );
}
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A fault of ours fails its case and not the run. */
function outcomeOf(method: string, input: unknown): unknown {
  try {
    return runMethod(method, input);
  } catch (error) {
    return { error: String(error) };
  }
}
