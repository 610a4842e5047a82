import type { Command } from 'commander';
import type { ApiClient } from '../client.js';
import { numberOf, sessionOf, UsageError } from '../command.js';

interface Changed {
  readonly change: {
    readonly experiment: {
      readonly key: string;
      readonly status: string;
      readonly allocation: { readonly weights: readonly { readonly variant: string; readonly weight: number }[] } | null;
    };
    readonly warnings: readonly { readonly message: string }[];
  };
}

const outcome = '{ experiment { key status allocation { weights { variant weight } } } warnings { message } }';

/** One mutation about one experiment. @param declared and passed: the operation's further variables and arguments */
async function change(api: ApiClient, mutation: string, declared: string, passed: string, variables: Readonly<Record<string, unknown>>) {
  const document = `mutation CliChange($key: ID!${declared}) { change: ${mutation}(key: $key${passed}) ${outcome} }`;
  return (await api<Changed>(document, variables)).change;
}

/** What moves an experiment through its life. */
export function addLifecycleCommands(program: Command): void {
  const define = (name: string, description: string) => program.command(name).description(description).argument('<key>');

  async function report(
    command: Command,
    mutation: string,
    declared: string,
    passed: string,
    variables: Readonly<Record<string, unknown>>,
  ) {
    const { api, out } = sessionOf(command);
    const { experiment, warnings } = await change(api, mutation, declared, passed, variables);
    for (const { message } of warnings) out.note(out.paint('yellow', `Warning: ${message}`));
    const weights = experiment.allocation?.weights.map(({ variant, weight }) => `${variant} ${(weight * 100).toFixed(2)}%`).join(', ');
    out.print(`${experiment.key}: ${experiment.status}${weights ? ` (${weights})` : ''}`);
  }

  define('start', 'start, or end a dry run')
    .option('--dry-run', 'at 1% of eligible units, to try the plumbing')
    .action((key: string, { dryRun = false }: { dryRun?: boolean }, command: Command) =>
      report(command, 'startExperiment', ', $dryRun: Boolean', ', dryRun: $dryRun', { key, dryRun }),
    );
  define('pause', 'everyone gets the control until resumed')
    .option('--reason <text>', 'why, for the audit log')
    .action((key: string, { reason }: { reason?: string }, command: Command) =>
      report(command, 'pauseExperiment', ', $reason: String', ', reason: $reason', { key, reason }),
    );
  define('resume', 'go on after a pause').action((key: string, _: object, command: Command) =>
    report(command, 'resumeExperiment', '', '', { key }),
  );
  define('stop', 'end it, with a last evaluation')
    .option('--ship <variant>', 'everyone gets this variant from now on')
    .option('--reason <text>', 'why, for the audit log')
    .action((key: string, { ship, reason }: { ship?: string; reason?: string }, command: Command) =>
      report(command, 'stopExperiment', ', $ship: ID, $reason: String', ', shipVariant: $ship, reason: $reason', { key, ship, reason }),
    );
  define('rollback', 'everyone gets the control, for good')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action((key: string, { reason }: { reason: string }, command: Command) =>
      report(command, 'rollbackExperiment', ', $reason: String!', ', reason: $reason', { key, reason }),
    );
  define('archive', 'put it away').action((key: string, _: object, command: Command) =>
    report(command, 'archiveExperiment', '', '', { key }),
  );
  define('weights', 'show or set the weights, e.g. weights checkout control=0.2 one-page=0.8')
    .argument('[weights...]', 'all of them as variant=share, summing to 1')
    .action(async (key: string, given: string[], _: object, command: Command) => {
      if (given.length > 0) {
        return report(command, 'setWeights', ', $weights: [VariantWeightInput!]!', ', weights: $weights', {
          key,
          weights: given.map(weightOf),
        });
      }
      const { api, out } = sessionOf(command);
      const { experiment } = await api<{ experiment: Changed['change']['experiment'] | null }>(
        'query CliWeights($key: ID!) { experiment(key: $key) { key status allocation { weights { variant weight } } } }',
        { key },
      );
      if (!experiment) throw new UsageError(`There is no experiment ${key}.`);
      if (!experiment.allocation) return out.note(`${key} has not started: nobody is assigned yet.`);
      out.table(
        ['VARIANT', 'WEIGHT'],
        experiment.allocation.weights.map(({ variant, weight }) => [variant, weight]),
      );
    });
}

function weightOf(text: string): { readonly variant: string; readonly weight: number } {
  const [variant = '', share] = text.split('=');
  if (!variant || share === undefined) throw new UsageError(`Received ${JSON.stringify(text)}; expected variant=share, e.g. control=0.5.`);
  return { variant, weight: numberOf(variant)(share) };
}
