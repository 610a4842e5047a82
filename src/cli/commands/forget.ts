import type { Command } from 'commander';
import { type Session, sessionOf, UsageError } from '../command.js';
import { confirm } from '../confirm.js';
import { stdinText } from '../stdin.js';

interface Forgotten {
  readonly reference: string;
  readonly experiments: number;
  readonly totals: number;
  readonly exposures: number;
  readonly events: number;
  readonly mismatches: number;
  readonly overrides: number;
  readonly auditEntries: number;
}

const document = `mutation CliForget($unitId: ID!, $hashKey: String) { forgetUnit(unitId: $unitId, hashKey: $hashKey) {
  reference experiments totals exposures events mismatches overrides auditEntries } }`;

/** `forget`: deletes what is kept of units. */
export function addForgetCommand(program: Command): void {
  program
    .command('forget')
    .description('delete all that is kept of one unit; sums stay')
    .argument('<unit>', 'its id; - reads ids from stdin, one a line, and so keeps them out of the history of the shell')
    .option('--hash-key <name>', 'only as this kind of id: userId, deviceId, tenantId or an attribute')
    .option('--yes', 'without asking')
    .option('--json', 'as JSON, one object a line')
    .addHelpText('after', '\nCan be repeated at any time.\nExample:\n  bellwether forget --hash-key userId --yes - < requests.txt')
    .action(async (given: string, { hashKey, yes = false, json = false }: Options, command: Command) => {
      const session = sessionOf(command);
      const units = given === '-' ? (await stdinText()).split(/\r?\n/).filter((line) => line !== '') : [given];
      if (units.length === 0) throw new UsageError('No ids came from stdin.');
      // Who has piped ids in cannot be asked any more.
      const question = `Delete all that is kept of ${units.length === 1 ? 'this unit' : `these ${units.length} units`}, for good?`;
      if (!yes) await confirm(question, 'say --yes to delete.');
      for (const unitId of units) await forget(session, unitId, hashKey ?? null, json);
    });
}

interface Options {
  readonly hashKey?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The id is not printed again: the reference stands for it. */
async function forget({ api, out }: Session, unitId: string, hashKey: string | null, json: boolean): Promise<void> {
  const { forgetUnit } = await api<{ forgetUnit: Forgotten }>(document, { unitId, hashKey });
  if (json) return out.print(JSON.stringify(forgetUnit));
  const { reference, ...counts } = forgetUnit;
  const found = Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${words[name as keyof typeof words]}`]));
  out.print(`reference ${reference}: ${found.length === 0 ? 'nothing was kept of it' : `deleted ${found.join(', ')}`}`);
}

const words = {
  experiments: 'memberships of experiments',
  totals: 'totals',
  exposures: 'exposures',
  events: 'events',
  mismatches: 'mismatches',
  overrides: 'overrides',
  auditEntries: 'mentions in the audit log',
} as const satisfies Record<Exclude<keyof Forgotten, 'reference'>, string>;
