import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type Course, simulateCourse } from '../../core/simulation/course.js';
import { type SimulatedPlan, withoutEffect } from '../../core/simulation/plan.js';
import { createRandom } from '../../core/simulation/random.js';
import { summariseCourses } from '../../core/simulation/summary.js';
import { checkedDefinition } from '../checked-definition.js';
import { ExitCode, numberOf, sessionOf, UsageError } from '../command.js';
import { readExperimentFile } from '../definition-source.js';
import { createOutput } from '../output.js';
import { createProgress } from '../progress.js';
import { addBaseline, addEffect } from '../simulation-options.js';
import { showSimulation } from '../simulation-report.js';
import { leftOut, type WorldOptions, worldOf } from '../simulation-world.js';

interface SimulateOptions extends WorldOptions {
  readonly runs?: number;
  readonly seed: number;
  readonly json?: boolean;
}

const mostRuns = 100_000;
/** Without --runs; half a minute at most. Posteriors take quadrature, which costs the more. */
const usualRuns = { byPosterior: 100, other: 1_000 } as const;

/** `simulate`: plays a plan many times, with an effect and without. */
export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('play a plan many times: how often it errs, how soon it decides')
    .argument('<file|key>', 'a definition as "apply" takes it (needs no server; - reads stdin), or the key of an experiment')
    .option(
      '--runs <n>',
      `of each world (default: ${usualRuns.other}, for bandits and BAYESIAN ${usualRuns.byPosterior})`,
      numberOf('--runs'),
    )
    .option('--seed <n>', 'the same seed gives the same figures', numberOf('--seed'), 1)
    .option(
      '--effect <share>',
      'relative change of the primary metric by the first variant beside the control, or VARIANT=SHARE, repeated (default: minimumEffect, else 0.1)',
      addEffect,
    )
    .option(
      '--base <mean>',
      "the control's rate, or mean,deviation, of the primary metric; METRIC=… of others, repeated (default: rates 0.05, guardrails 0.02; means 1,2)",
      addBaseline,
    )
    .option('--units-per-day <n>', 'new units that are included (default: what the plan needs, in 14 days)', numberOf('--units-per-day'))
    .option('--days <n>', 'how long it runs at most (default: as the plan says, else 28)', numberOf('--days'))
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether simulate checkout.json\n  bellwether simulate checkout.json --base 0.031 --base error_rate=0.01 --effect green=0.05 --units-per-day 8000',
    )
    .action(async (source: string, options: SimulateOptions, command: Command) => {
      const { runs, seed, json = false, ...world } = options;
      const out = createOutput(process);
      const read = await inputOf(source, command);
      const definition = checkedDefinition(source, read.input);
      const plan = worldOf(definition, world);
      const notes = [...read.notes, ...leftOut(definition)];
      const isSlow = definition.bandit !== null || definition.evaluation.method === 'BAYESIAN';
      const count = runsOf(runs ?? (isSlow ? usualRuns.byPosterior : usualRuns.other));
      const { none, effect } = play(plan, count, seed);
      const report = { plan, runs: count, seed, none: summariseCourses(definition, none), effect: summariseCourses(definition, effect) };
      if (json) return out.json({ ...report, notes });
      for (const note of notes) out.note(`note: ${note}`);
      showSimulation(out, report);
    });
}

async function inputOf(source: string, command: Command) {
  if (source === '-' || existsSync(source)) return readExperimentFile(source);
  if (source.endsWith('.json')) throw new UsageError(`There is no file ${source}.`);
  const { experiment } = await sessionOf(command).api<{ experiment: { definition: Record<string, unknown> } | null }>(
    'query CliSimulate($key: ID!) { experiment(key: $key) { definition } }',
    { key: source },
  );
  if (!experiment) throw new ExitCode(1, `There is neither a file nor an experiment ${source}.`);
  return { input: experiment.definition, notes: [] };
}

function runsOf(runs: number): number {
  if (Number.isInteger(runs) && runs >= 1 && runs <= mostRuns) return runs;
  throw new UsageError(`--runs: received ${runs}; expected a whole number from 1 to ${mostRuns}.`);
}

/** Both worlds side by side; each run has chance of its own, whatever the number of runs. */
function play(plan: SimulatedPlan, runs: number, seed: number): { readonly none: Course[]; readonly effect: Course[] } {
  const progress = process.stderr.isTTY ? createProgress(process.stderr, runs, 'runs') : null;
  const still = withoutEffect(plan);
  const [none, effect]: [Course[], Course[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    none.push(simulateCourse(still, createRandom(seed, `none/${run}`)));
    effect.push(simulateCourse(plan, createRandom(seed, `effect/${run}`)));
    progress?.update(run + 1, '');
  }
  progress?.end();
  return { none, effect };
}
