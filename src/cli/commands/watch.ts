import type { Command } from 'commander';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { effectText, type MeasuredEffect } from '../../core/effect-words.js';
import type { MetricRole, MetricType } from '../../core/experiment.js';
import { ExitCode, sessionOf } from '../command.js';
import type { Output } from '../output.js';

interface State {
  weights: readonly { readonly variant: string; readonly weight: number }[];
  cause: string | null;
  counts: ReadonlyMap<string, { readonly exposures: number; readonly conversions: number }>;
  effects: ReadonlyMap<string, string>;
  summary: string;
}

const streams = {
  weights: 'subscription CliWatchWeights($key: ID!) { weightsUpdated(experimentKey: $key) { version cause weights { variant weight } } }',
  counts: 'subscription CliWatchCounts($key: ID!) { countsUpdated(experimentKeys: [$key]) { variants { variant exposures conversions } } }',
  results: `subscription CliWatchResults($key: ID!) { resultsUpdated(experimentKey: $key) {
    decision summary comparisons(role: PRIMARY) {
      variant effect interval { lower upper level } lift liftInterval { lower upper level } } } }`,
} as const;

const watched = 'query CliWatched($key: ID!) { experiment(key: $key) { metrics { role type } } }';

/** `watch`: weights, counts and intervals as they move. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .description('weights, counts and intervals as they move; ends with the experiment or Ctrl-C')
    .argument('<key>')
    .action(async (key: string, _: object, command: Command) => {
      const { api, out, settings } = sessionOf(command);
      const { experiment } = await api<{ experiment: Watched | null }>(watched, { key });
      if (!experiment) throw new ExitCode(1, `There is no experiment ${key}.`);
      const url = new URL('/graphql', settings.url);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      const client = createClient({
        url: url.href,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${settings.key}` },
        retryAttempts: Number.POSITIVE_INFINITY,
        shouldRetry: () => true,
        on: { closed: () => out.note('connection lost; trying again …') },
      });
      const screen = createScreen(out, key, experiment.metrics.find(({ role }) => role === 'PRIMARY')?.type === 'CONVERSION');
      process.once('SIGINT', () => void client.dispose());
      const follow = async (query: string, take: (data: never) => void) => {
        for await (const { data, errors } of client.iterate({ query, variables: { key } })) {
          if (errors?.[0]) throw new ExitCode(1, errors[0].message);
          take(data as never);
        }
      };
      await Promise.all([
        follow(streams.weights, screen.weights),
        follow(streams.counts, screen.counts),
        follow(streams.results, screen.results),
      ]);
      await client.dispose();
    });
}

/** Draws anew in place on a terminal; elsewhere a line for each change. */
function createScreen(out: Output, key: string, isShare: boolean) {
  const state: State = { weights: [], cause: null, counts: new Map(), effects: new Map(), summary: 'Not evaluated yet.' };
  let drawn = 0;

  function draw(change: string): void {
    if (!out.isTerminal) {
      out.print(`${new Date().toISOString()} ${change}`);
      return;
    }
    const variants = state.weights.length > 0 ? state.weights.map(({ variant }) => variant) : [...state.counts.keys()];
    const lines = [
      out.paint('bold', key),
      ...variants.map((variant) => {
        const weight = state.weights.find((each) => each.variant === variant)?.weight ?? 0;
        const counts = state.counts.get(variant);
        const bar = '█'.repeat(Math.round(weight * 30)).padEnd(30, '·');
        const rate = counts && counts.exposures > 0 ? `${((100 * counts.conversions) / counts.exposures).toFixed(2)}%` : '–';
        return `${variant.padEnd(20)} ${bar} ${(weight * 100).toFixed(1).padStart(5)}%  ${String(counts?.exposures ?? 0).padStart(9)} units  ${rate.padStart(7)}  ${state.effects.get(variant) ?? ''}`;
      }),
      state.summary,
    ];
    if (drawn > 0) process.stdout.write(`\x1b[${drawn}A`);
    for (const line of lines) process.stdout.write(`\x1b[2K${line.slice(0, process.stdout.columns ?? 200)}\n`);
    drawn = lines.length;
  }

  return {
    weights({ weightsUpdated }: { readonly weightsUpdated: { readonly cause: string; readonly weights: State['weights'] } }): void {
      state.weights = weightsUpdated.weights;
      state.cause = weightsUpdated.cause;
      draw(
        `weights (${state.cause}): ${state.weights.map(({ variant, weight }) => `${variant} ${(weight * 100).toFixed(2)}%`).join(', ')}`,
      );
    },
    counts({
      countsUpdated,
    }: {
      readonly countsUpdated: { readonly variants: readonly { variant: string; exposures: number; conversions: number }[] };
    }): void {
      state.counts = new Map(countsUpdated.variants.map((each) => [each.variant, each]));
      draw(
        `counts: ${countsUpdated.variants.map(({ variant, exposures, conversions }) => `${variant} ${conversions} of ${exposures}`).join(', ')}`,
      );
    },
    results({ resultsUpdated }: { readonly resultsUpdated: Results }): void {
      state.summary = `${resultsUpdated.decision}: ${resultsUpdated.summary}`;
      state.effects = new Map(resultsUpdated.comparisons.map((each) => [each.variant, effectText(each, isShare)]));
      draw(state.summary);
    },
  };
}

interface Watched {
  readonly metrics: readonly { readonly role: MetricRole; readonly type: MetricType }[];
}

interface Results {
  readonly decision: string;
  readonly summary: string;
  readonly comparisons: readonly (MeasuredEffect & { readonly variant: string })[];
}
