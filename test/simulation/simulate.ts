/**
 * Runs the production rules on seeded chance and prints what came out beside what was promised.
 *
 *   npm run simulate -- [--quick] [--only NAME,...] [--seed N] [--help]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Line, Verdict } from './judgements.js';
import { simulateAll } from './pool.js';
import { createProgress, timeText } from './progress.js';
import { linesOf, type Part, partsOf, type Scale } from './schedule.js';
import { studies } from './studies.js';
import type { Study, Tally } from './study.js';
import { tableOf } from './table.js';

const defaultSeed = 20_261_121;

const help = `Simulates experiments through the production rules and compares what they find with what they promise.

  npm run simulate -- [options]

  --quick       fewer runs, for CI: wider Monte Carlo errors, under two minutes on two cores
  --runs N      at most so many runs a line
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
  const { quick, runs, only, seed, threads, help: isHelp } = parse(args);
  const names = only?.split(',').filter((name) => name !== '') ?? [];
  const unknown = names.find((name) => !studies.some((study) => study.name === name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no table "${unknown}"; there are ${studies.map(({ name }) => name).join(', ')}.`);
  }
  return {
    isHelp,
    scale: scaleOf(quick, runs),
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
        runs: { type: 'string' },
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

function scaleOf(quick: boolean, runs: string | undefined): Scale {
  if (runs === undefined) return quick ? 'quick' : 'full';
  if (quick) throw new UsageError('Give one of --quick and --runs.');
  return { most: wholeNumber('--runs', runs, 0, 1) };
}

function wholeNumber(option: string, value: string | undefined, otherwise: number, least: number): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`${option} takes a whole number from ${least}; received "${value}".`);
}

/** Prints each table as soon as it and those before it are done. @returns whether every bound holds */
async function simulate(chosen: readonly Study[], scale: Scale, seed: number, threads: number): Promise<boolean> {
  const seconds = () => performance.now() / 1000;
  const startedAt = seconds();
  const parts = partsOf(chosen, scale);
  const whole = parts.reduce((sum, { effort }) => sum + effort, 0);
  const progress = createProgress(whole, process.stderr, seconds);
  const tallies = new Map<Part, Tally>();
  const open = chosen.map((study) => ({ study, parts: parts.filter((part) => part.study === study.name) }));
  const printed: Line[] = [];

  function printWhatIsDone(): void {
    for (let next = open[0]; next?.parts.every((part) => tallies.has(part)); next = open[0]) {
      const { study, parts: own } = next;
      const lines = linesOf(study, scale, ({ key }) => own.filter(({ row }) => row === key).map((part) => tallies.get(part) as Tally));
      progress.clear();
      process.stdout.write(`${tableOf(study, lines)}\n`);
      printed.push(...lines);
      open.shift();
    }
  }

  await simulateAll(parts, {
    seed,
    threads,
    onDone(part, tally) {
      tallies.set(part, tally);
      progress.advance(part.effort);
      printWhatIsDone();
    },
  });
  progress.clear();
  const count = (verdict: Verdict) => printed.filter((line) => line.verdict === verdict).length;
  process.stdout.write(
    `${count('pass')} passed, ${count('FAIL')} failed, ${count('shown')} shown; ` +
      `${typeof scale === 'string' ? scale : 'fewer runs'}, seed ${seed}, ${threads} threads, ${timeText(seconds() - startedAt)}\n`,
  );
  return count('FAIL') === 0;
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
