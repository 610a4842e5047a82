/**
 * Runs the production rules on seeded chance and prints what came out beside what was promised.
 *
 *   npm run simulate -- [--quick] [--only NAME,...] [--seed N] [--help]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { simulateAll } from './pool.js';
import { createProgress, timeText } from './progress.js';
import { linesOf, partsOf, type Scale } from './schedule.js';
import { studies } from './studies.js';
import type { Study } from './study.js';
import { tableOf } from './table.js';

const defaultSeed = 20_261_121;

const help = `Simulates experiments through the production rules and compares what they find with what they promise.

  npm run simulate -- [options]

  --quick       fewer runs, for CI: wider Monte Carlo errors, under two minutes on two cores
  --only NAME   only these tables, separated by commas: ${studies.map(({ name }) => name).join(', ')}
  --seed N      whole number from which all chance comes (${defaultSeed}); the same seed gives the same tables on any machine
  --threads N   instead of one for each core
  --help        this text

Each line holds what was measured, its bound, and the Monte Carlo error of a share p among N runs at 99.9%, 3.29 sqrt(p (1 - p) / N).
A line passes when the bound holds to within that error. Tables go to standard output, progress to standard error.
Exit codes: 0 every bound holds, 1 one fails, 2 the command is wrong.
`;

/** A command that makes no sense. */
class UsageError extends Error {}

function readCommand(args: readonly string[]) {
  const { quick, only, seed, threads, help: isHelp } = parse(args);
  const names = only?.split(',').filter((name) => name !== '') ?? [];
  const unknown = names.find((name) => !studies.some((study) => study.name === name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no table "${unknown}"; there are ${studies.map(({ name }) => name).join(', ')}.`);
  }
  return {
    isHelp,
    scale: (quick ? 'quick' : 'full') as Scale,
    chosen: studies.filter(({ name }) => names.length === 0 || names.includes(name)),
    seed: wholeNumber('--seed', seed, defaultSeed, 0),
    threads: wholeNumber('--threads', threads, availableParallelism(), 1),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        seed: { type: 'string' },
        threads: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, value: string | undefined, otherwise: number, least: number): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`${option} takes a whole number from ${least}; received "${value}".`);
}

async function simulate(chosen: readonly Study[], scale: Scale, seed: number, threads: number): Promise<boolean> {
  const seconds = () => performance.now() / 1000;
  const startedAt = seconds();
  const parts = partsOf(chosen, scale);
  const progress = createProgress(
    Math.max(
      1,
      parts.reduce((sum, { effort }) => sum + effort, 0),
    ),
    process.stderr,
    seconds,
  );
  const tallies = await simulateAll(parts, { seed, threads, onDone: ({ effort }) => progress.advance(effort) });
  progress.end();
  const tables = chosen.map((study) => {
    const lines = linesOf(study, scale, ({ key }) =>
      tallies.filter((_, place) => parts[place]?.study === study.name && parts[place]?.row === key),
    );
    process.stdout.write(`${tableOf(study, lines)}\n`);
    return lines;
  });
  const count = (verdict: string) => tables.flat().filter((line) => line.verdict === verdict).length;
  const failed = count('FAIL');
  process.stdout.write(
    `${count('pass')} passed, ${failed} failed, ${count('not built')} not built, ${count('shown')} shown; ` +
      `seed ${seed}, ${threads} threads, ${timeText(seconds() - startedAt)}\n`,
  );
  return failed === 0;
}

try {
  const { isHelp, scale, chosen, seed, threads } = readCommand(process.argv.slice(2));
  if (isHelp) process.stdout.write(help);
  else if (!(await simulate(chosen, scale, seed, threads))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\nnpm run simulate -- --help says more.\n`);
  process.exitCode = 2;
}
