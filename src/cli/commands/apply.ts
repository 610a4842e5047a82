import type { Command } from 'commander';
import { differs, ExitCode, type Session, sessionOf } from '../command.js';
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
    readonly experiment: { readonly status: string; readonly revision: number } | null;
    readonly changes: readonly {
      readonly path: readonly string[];
      readonly before: unknown;
      readonly after: unknown;
      readonly locked: boolean;
    }[];
  };
}

const checkDocument = `query CliCheck($input: CreateExperimentInput!) { checkExperiment(input: $input) {
  problems { message path } warnings { message path } experiment { status revision } changes { path before after locked } } }`;

const applyDocument = `mutation CliApply($input: CreateExperimentInput!, $expectedRevision: Int) {
  applyExperiment(input: $input, expectedRevision: $expectedRevision) { outcome experiment { key status } } }`;

/** `apply`: makes experiments what files say. */
export function addApplyCommand(program: Command): void {
  program
    .command('apply')
    .description('create experiments, or bring them up to what files say')
    .argument('<file...>', 'JSON, as "get" writes it, or the older shape with experimentId; - reads stdin')
    .option('--yes', 'without asking')
    .option('--check', `change nothing; exit code ${differs} when something would change or be refused`)
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether apply checkout.json\n  bellwether apply --check experiments/*.json   # in a pull request',
    )
    .action(async (files: string[], { yes = false, check = false }: { yes?: boolean; check?: boolean }, command: Command) => {
      const session = sessionOf(command);
      const plans = [];
      for (const file of files) plans.push(await planOf(session, file));
      const isRefused = plans.some(({ found }) => found.problems.length > 0);
      const pending = plans.filter(({ found }) => found.experiment === null || found.changes.length > 0);
      if (check) {
        if (isRefused || pending.length > 0) throw new ExitCode(differs);
        return;
      }
      if (isRefused) throw new ExitCode(1, 'Nothing was changed.');
      if (pending.length === 0) return;
      if (!yes)
        await confirm(
          `${pending.length === 1 ? 'Apply this' : `Apply these ${pending.length}`}?`,
          'say --yes to apply, or --check to look only.',
        );
      for (const { input, found } of pending) {
        // What was shown is what is changed: a change by another in between is refused.
        const expectedRevision = found.experiment?.revision;
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
async function planOf({ api, out }: Session, file: string) {
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
  for (const { path, message } of found.problems) out.note(out.paint('red', `  problem: ${path.join('.')}: ${message}`));
  return { input: read.input, found };
}
