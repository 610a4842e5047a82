/** Runs a reference file against our functions. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { VectorFile } from './pass-rule.js';
import { parseVectorFile, printedReport, runVectors } from './report.js';

const help = `Usage: npm run vectors -- FILE.json

Runs a file of reference vectors against the statistics in src/core/stats and prints a line a method
(cases, failures, worst relative error, largest share of its tolerance that a number took up) and
"N passed, N failed". Nothing has to be built or running.

The file holds { "format": 1, "cases": [{ "id", "method", "input", "expected", "tolerance" }, ...] };
test/vectors/stats-vectors.json is one.

Ends with 0 when all pass, 1 when a case fails, 2 when the file cannot be read.`;

process.exitCode = main();

function main(): number {
  let path: string | undefined;
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      console.log(help);
      return 0;
    }
    if (positionals.length !== 1) throw new Error(`one file was expected, received ${positionals.length}`);
    [path] = positionals;
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${help}`);
    return 2;
  }
  // npm starts scripts in the package's folder; the path is meant from where npm was called.
  const file = resolve(process.env.INIT_CWD ?? '.', path ?? '');
  let vectors: VectorFile;
  try {
    vectors = parseVectorFile(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`Cannot read ${file}: ${messageOf(error)}`);
    return 2;
  }
  const report = runVectors(vectors);
  console.log(printedReport(report));
  return report.failed === 0 ? 0 : 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
