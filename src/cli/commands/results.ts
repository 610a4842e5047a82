import type { Command } from 'commander';
import { ExitCode, sessionOf } from '../command.js';
import type { Output } from '../output.js';

interface Interval {
  readonly lower: number | null;
  readonly upper: number | null;
}

interface Comparison {
  readonly metric: string;
  readonly role: string;
  readonly variant: string;
  readonly controlMean: number | null;
  readonly variantMean: number | null;
  readonly lift: number | null;
  readonly liftInterval: Interval | null;
  readonly adjustedPValue: number | null;
  readonly probabilityToBeatControl: number | null;
  readonly outcome: string;
  readonly unknownReason: string | null;
}

interface Evaluation {
  readonly at: string;
  readonly decision: string;
  readonly summary: string;
  readonly method: string;
  readonly look: number;
  readonly maxLooks: number | null;
  readonly srm: { readonly passed: boolean; readonly pValue: number | null };
  readonly comparisons: readonly Comparison[];
  readonly guardrails: readonly {
    readonly metric: string;
    readonly variant: string;
    readonly breached: boolean;
    readonly effect: number | null;
    readonly threshold: number;
  }[];
}

const document = `query CliResults($key: ID!) { experiment(key: $key) { name status results {
  at decision winner summary method look maxLooks alphaSpent srm { passed pValue chiSquarePValue }
  comparisons { metric role variant controlUnits variantUnits controlMean variantMean effect lift liftInterval { lower upper } interval { lower upper }
    pValue adjustedPValue probabilityToBeatControl expectedLoss significant outcome unknownReason confirmatory }
  guardrails { metric variant breached effect threshold action } } } }`;

/** `results`: the latest evaluation. */
export function addResultsCommand(program: Command): void {
  program
    .command('results')
    .description('the latest evaluation')
    .argument('<key>')
    .option('--json', 'as JSON, with everything')
    .action(async (key: string, { json = false }: { json?: boolean }, command: Command) => {
      const { api, out } = sessionOf(command);
      const { experiment } = await api<{ experiment: { name: string; status: string; results: Evaluation | null } | null }>(document, {
        key,
      });
      if (!experiment) throw new ExitCode(1, `There is no experiment ${key}.`);
      if (json) return out.json(experiment.results);
      if (!experiment.results) return out.note(`${key} (${experiment.status}) has not been evaluated yet.`);
      show(out, experiment.results);
    });
}

function show(out: Output, { at, decision, summary, method, look, maxLooks, srm, comparisons, guardrails }: Evaluation): void {
  out.print(`${out.paint('bold', decision)}  ${summary}`);
  out.print(`${method}, ${maxLooks === null ? '' : `look ${look} of ${maxLooks}, `}${at}`);
  out.print(`Sample ratio: ${srm.passed ? 'fits' : out.paint('red', 'does NOT fit: no effect is reported')} (p ${digits(srm.pValue)})`);
  const isBayesian = comparisons.some(({ probabilityToBeatControl }) => probabilityToBeatControl !== null);
  out.table(
    ['METRIC', 'ROLE', 'VARIANT', 'CONTROL', 'VALUE', 'LIFT', 'INTERVAL', isBayesian ? 'P(BETTER)' : 'P ADJUSTED', 'OUTCOME'],
    comparisons.map(
      ({
        metric,
        role,
        variant,
        controlMean,
        variantMean,
        lift,
        liftInterval,
        adjustedPValue,
        probabilityToBeatControl,
        outcome,
        unknownReason,
      }) => [
        metric,
        role.toLowerCase(),
        variant,
        digits(controlMean),
        digits(variantMean),
        percent(lift),
        liftInterval && `${percent(liftInterval.lower) ?? '-∞'} to ${percent(liftInterval.upper) ?? '∞'}`,
        digits(isBayesian ? probabilityToBeatControl : adjustedPValue),
        unknownReason ?? outcome,
      ],
    ),
  );
  for (const { metric, variant, breached, effect, threshold } of guardrails) {
    const state = breached ? out.paint('red', 'BREACHED') : 'holds';
    out.print(`Guardrail ${metric}, ${variant}: ${state} (${digits(effect) ?? '–'} against at most ${threshold})`);
  }
}

function digits(value: number | null): string | null {
  return value === null ? null : value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

function percent(share: number | null): string | null {
  return share === null ? null : `${share > 0 ? '+' : ''}${Number((share * 100).toPrecision(3))}%`;
}
