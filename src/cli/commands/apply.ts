import type { Command } from 'commander';
import { lookBudget } from '../../core/look-budget.js';
import { periodOf } from '../../schedule/schedules.js';
import { checkedDefinition } from '../checked-definition.js';
import { differs, ExitCode, numberOf, type Session, sessionOf, UsageError } from '../command.js';
import { confirm } from '../confirm.js';
import { readExperimentFile } from '../definition-source.js';

interface Finding {
  readonly message: string;
  readonly path: readonly string[];
}

interface Checked {
  readonly checkExperiment: {
    readonly problems: readonly Finding[];
    readonly warnings: readonly Finding[];
    readonly experiment: {
      readonly status: string;
      readonly revision: number;
      readonly evaluationPlan: { readonly looksUsed: number };
      readonly results: { readonly informationFraction: number | null } | null;
    } | null;
    readonly changes: readonly {
      readonly path: readonly string[];
      readonly before: unknown;
      readonly after: unknown;
      readonly locked: boolean;
    }[];
  };
}

const checkDocument = `query CliCheck($input: CreateExperimentInput!) { checkExperiment(input: $input) {
  problems { message path } warnings { message path } changes { path before after locked }
  experiment { status revision evaluationPlan { looksUsed } results { informationFraction } } } }`;

const applyDocument = `mutation CliApply($input: CreateExperimentInput!, $expectedRevision: Int) {
  applyExperiment(input: $input, expectedRevision: $expectedRevision) { outcome experiment { key status } } }`;

interface ApplyOptions {
  readonly yes?: boolean;
  readonly check?: boolean;
  readonly unitsPerDay?: number | null;
}

/** `apply`: makes experiments what files say. */
export function addApplyCommand(program: Command): void {
  program
    .command('apply')
    .description('create experiments, or bring them up to what files say')
    .argument('<file...>', 'JSON, as "get" writes it, or the older shape with experimentId; - reads stdin')
    .option('--yes', 'without asking')
    .option('--check', `change nothing; exit code ${differs} when something would change, 1 when something would be refused`)
    .option('--units-per-day <n>', 'units that are included; refuses plans whose looks they use up before the horizon', unitsPerDayOf)
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether apply checkout.json\n  bellwether apply --check --units-per-day 5000 experiments/*.json   # in a pull request',
    )
    .action(async (files: string[], { yes = false, check = false, unitsPerDay = null }: ApplyOptions, command: Command) => {
      const session = sessionOf(command);
      const plans = [];
      for (const file of files) plans.push(await planOf(session, file, unitsPerDay));
      const isRefused = plans.some(({ problems }) => problems.length > 0);
      const pending = plans.filter(({ found }) => found.experiment === null || found.changes.length > 0);
      if (isRefused) throw new ExitCode(1, check ? 'It would be refused.' : 'Nothing was changed.');
      if (pending.length === 0) return;
      if (check) throw new ExitCode(differs);
      if (!yes)
        await confirm(
          `${pending.length === 1 ? 'Apply this' : `Apply these ${pending.length}`}?`,
          'say --yes to apply, or --check to look only.',
        );
      for (const { input, found } of pending) {
        // What was shown is what is changed: a change by another in between is refused, and 0 is what is not there yet.
        const expectedRevision = found.experiment?.revision ?? 0;
        const { applyExperiment } = await session.api<{
          applyExperiment: { outcome: string; experiment: { key: string; status: string } };
        }>(applyDocument, { input, expectedRevision });
        session.out.print(
          `${applyExperiment.experiment.key}: ${applyExperiment.outcome.toLowerCase()} (${applyExperiment.experiment.status})`,
        );
      }
    });
}

/** What a file asks for and what that would change, shown. */
async function planOf({ api, out }: Session, file: string, unitsPerDay: number | null) {
  const read = await readExperimentFile(file);
  const { checkExperiment: found } = await api<Checked>(checkDocument, { input: read.input });
  const title = found.experiment ? (found.changes.length > 0 ? 'changes' : 'no change') : 'new';
  out.print(out.paint('bold', `${file}: ${String(read.input.key)} – ${title}`));
  for (const note of read.notes) out.note(`  note: ${note}`);
  for (const { path, before, after, locked } of found.changes) {
    const name = path.join('.');
    out.print(out.paint('red', `  - ${name}: ${JSON.stringify(before)}`));
    out.print(out.paint('green', `  + ${name}: ${JSON.stringify(after)}${locked ? '  (locked since the start)' : ''}`));
  }
  for (const { path, message } of found.warnings) out.note(out.paint('yellow', `  warning: ${path.join('.')}: ${message}`));
  const overrun = unitsPerDay === null || found.problems.length > 0 ? [] : overrunOf({ file, input: read.input, found, unitsPerDay });
  const problems = [...found.problems, ...overrun];
  for (const { path, message } of problems) out.note(out.paint('red', `  problem: ${path.join('.')}: ${message}`));
  return { input: read.input, found, problems };
}

interface Asked {
  readonly file: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly found: Checked['checkExperiment'];
  readonly unitsPerDay: number;
}

/** A plan that is to come or to change, and whose looks do not last until its horizon. */
function overrunOf({ file, input, found: { experiment, changes }, unitsPerDay }: Asked): readonly Finding[] {
  if (experiment !== null && (changes.length === 0 || isOver(experiment.status))) return [];
  const definition = checkedDefinition(file, input);
  const { schedule } = definition.evaluation;
  const budget = lookBudget(definition, {
    looksUsed: experiment?.evaluationPlan.looksUsed ?? 0,
    informationFraction: experiment?.results?.informationFraction ?? 0,
    unitsPerDay,
    lookPeriodMs: periodOf(schedule),
  });
  if (budget === null || budget.needed <= budget.planned) return [];
  const pace = `With ${unitsPerDay} units a day the horizon is ${budget.days.toFixed(1)} days away`;
  const message = `${pace}, and ${schedule} makes ${budget.needed} looks by then; ${budget.planned} are planned. Look less often, plan more looks, or a nearer horizon.`;
  return [{ message, path: ['evaluation', 'maxPeeks'] }];
}

const isOver = (status: string) => status === 'STOPPED' || status === 'ROLLED_BACK' || status === 'ARCHIVED';

/** @throws UsageError */
function unitsPerDayOf(text: string): number {
  const units = numberOf('--units-per-day')(text);
  if (units > 0) return units;
  throw new UsageError(`--units-per-day: received ${text}; expected a number above 0.`);
}
