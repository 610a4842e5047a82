import type { Command } from 'commander';
import { differs, ExitCode, sessionOf } from '../command.js';

interface Check {
  readonly name: string;
  readonly status: 'PASSED' | 'FAILED' | 'PENDING';
  readonly metric: string | null;
  readonly message: string;
  readonly advice: string | null;
}

interface Checked {
  readonly experiment: {
    readonly validation: { readonly status: string; readonly summary: string; readonly checks: readonly Check[] } | null;
  } | null;
}

const document = `query CliValidation($key: ID!) { experiment(key: $key) { validation {
  status summary since until units checks { name status metric received expected message advice } } } }`;

const colours = { PASSED: 'green', FAILED: 'red', PENDING: 'yellow' } as const;

/** `check`: what the dry run of an experiment came to. */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('the verdict on the dry run of an experiment, and what to do about it')
    .argument('<key>')
    .option('--json', 'as JSON, with everything')
    .addHelpText(
      'after',
      `\nExit code ${differs} unless the dry run has passed.\nExample:\n  bellwether check checkout && bellwether start checkout`,
    )
    .action(async (key: string, { json = false }: { json?: boolean }, command: Command) => {
      const { api, out } = sessionOf(command);
      const { experiment } = await api<Checked>(document, { key });
      if (!experiment) throw new ExitCode(1, `There is no experiment ${key}.`);
      const { validation } = experiment;
      if (!validation) throw new ExitCode(1, 'The verdict could not be read.');
      if (json) out.json(validation);
      else {
        out.print(`${out.paint('bold', validation.status)}  ${validation.summary}`);
        for (const { name, status, metric, message, advice } of validation.checks) {
          out.print(`${out.paint(colours[status], status.padEnd(7))}  ${metric === null ? name : `${name} ${metric}`}: ${message}`);
          if (advice !== null) out.print(`         ${advice}`);
        }
      }
      if (validation.status !== 'PASSED') throw new ExitCode(differs);
    });
}
