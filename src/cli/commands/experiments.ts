import type { Command } from 'commander';
import { ExitCode, numberOf, sessionOf, UsageError } from '../command.js';

interface Listed {
  readonly experiments: {
    readonly totalCount: number;
    readonly nodes: readonly {
      readonly key: string;
      readonly name: string;
      readonly status: string;
      readonly design: string;
      readonly counts: { readonly variants: readonly { readonly exposures: number }[] } | null;
      readonly results: { readonly decision: string; readonly winner: string | null } | null;
    }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const listDocument = `query CliList($first: Int, $after: String, $filter: ExperimentFilter) {
  experiments(first: $first, after: $after, filter: $filter) {
    totalCount nodes { key name status design counts { variants { exposures } } results { decision winner } } pageInfo { hasNextPage endCursor } } }`;

/** `list` and `get`. */
export function addExperimentCommands(program: Command): void {
  program
    .command('list')
    .description('experiments, newest first')
    .option('--status <status...>', 'only these, e.g. RUNNING DRAFT')
    .option('--search <text>', 'only those with the text in key, name or tags')
    .option('--limit <n>', 'how many at most', numberOf('--limit'), 50)
    .option('--json', 'as JSON')
    .action(async (options: { status?: string[]; search?: string; limit: number; json?: boolean }, command: Command) => {
      const { api, out } = sessionOf(command);
      if (!Number.isInteger(options.limit) || options.limit < 1)
        throw new UsageError(`--limit: received ${options.limit}; expected a whole number from 1.`);
      const filter = {
        ...(options.status && { status: options.status.map((status) => status.toUpperCase()) }),
        ...(options.search && { search: options.search }),
      };
      const found: Listed['experiments']['nodes'][number][] = [];
      let [after, total]: [string | null, number] = [null, 0];
      do {
        const first = Math.min(100, options.limit - found.length);
        const { experiments }: Listed = await api<Listed>(listDocument, { first, after, filter });
        found.push(...experiments.nodes);
        total = experiments.totalCount;
        after = experiments.pageInfo.hasNextPage ? experiments.pageInfo.endCursor : null;
      } while (after !== null && found.length < options.limit);
      if (options.json) return out.json(found);
      if (found.length === 0) return out.note('No experiments. "bellwether apply FILE.json" makes one.');
      out.table(
        ['KEY', 'STATUS', 'DESIGN', 'UNITS', 'DECISION', 'NAME'],
        found.map(({ key, status, design, counts, results, name }) => [
          key,
          status,
          design,
          counts ? counts.variants.reduce((sum, { exposures }) => sum + exposures, 0) : null,
          results ? [results.decision, results.winner].filter(Boolean).join(' ') : null,
          name,
        ]),
      );
      if (total > found.length) out.note(`${found.length} of ${total}; more with --limit.`);
    });

  program
    .command('get')
    .description('the definition of an experiment as JSON, as "apply" takes it')
    .argument('<key>')
    .action(async (key: string, _: object, command: Command) => {
      const { api, out } = sessionOf(command);
      const { experiment } = await api<{
        experiment: { definition: unknown; status: string; validation: { status: string; summary: string } | null } | null;
      }>('query CliGet($key: ID!) { experiment(key: $key) { definition status validation { status summary } } }', { key });
      if (!experiment) throw new ExitCode(1, `There is no experiment ${key}.`);
      const { status, validation } = experiment;
      // Past the start nothing is gained by saying that there was no dry run.
      const verdict = validation?.status === 'MISSING' && status !== 'DRAFT' ? null : validation;
      out.note(`${key} is ${status}. ${verdict?.summary ?? ''}`.trimEnd());
      out.json(experiment.definition);
    });
}
