import type { Command } from 'commander';
import { besideAlerts } from '../../core/alert-words.js';
import { effectWords } from '../../core/effect-words.js';
import type { EvaluationResult } from '../../core/evaluation-types.js';
import type { MetricType } from '../../core/experiment.js';
import { amount } from '../../core/number-words.js';
import type { ReportAlert } from '../../core/report.js';
import { besideSwitch } from '../../core/switch-words.js';
import { ExitCode, sessionOf } from '../command.js';
import type { Output } from '../output.js';

interface Answer {
  readonly status: string;
  readonly metrics: readonly { readonly key: string; readonly type: MetricType }[];
  readonly variants: readonly { readonly key: string; readonly enabled: boolean }[];
  readonly alerts: { readonly nodes: readonly Pick<ReportAlert, 'kind' | 'severity'>[] };
  readonly results: Evaluation | null;
}

/** What is shown of it; what else is asked for is for programs. */
type Shown = 'decision' | 'winner' | 'summary' | 'method' | 'maxLooks' | 'look' | 'srm' | 'comparisons' | 'guardrails';
type Evaluation = Pick<EvaluationResult, Shown> & { readonly at: string };

const document = `query CliResults($key: ID!) { experiment(key: $key) { status metrics { key type } variants { key enabled }
  alerts(first: 100, open: true) { nodes { kind severity } } results {
  at decision winner summary method look maxLooks alphaSpent srm { passed pValue chiSquarePValue }
  comparisons { metric role variant controlUnits variantUnits controlMean variantMean effect lift liftInterval { lower upper level }
    interval { lower upper level } pValue adjustedPValue probabilityToBeatControl expectedLoss significant outcome unknownReason confirmatory }
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
      const { experiment } = await api<{ experiment: Answer | null }>(document, { key });
      if (!experiment) throw new ExitCode(1, `There is no experiment ${key}.`);
      const { status, results } = experiment;
      if (json) return out.json(results);
      if (!results) return out.note(`${key} (${status}) has not been evaluated yet.`);
      show(out, experiment, results);
    });
}

function show(out: Output, { metrics, variants, alerts }: Answer, evaluation: Evaluation): void {
  const { at, decision, method, look, maxLooks, srm, comparisons, guardrails } = evaluation;
  const disabled = variants.filter(({ enabled }) => !enabled).map(({ key }) => key);
  out.print(`${out.paint('bold', decision)}  ${besideAlerts(besideSwitch(evaluation, disabled), alerts.nodes)}`);
  out.print(`${method}, ${maxLooks === null ? '' : `look ${look} of ${maxLooks}, `}${at}`);
  out.print(`Sample ratio: ${srm.passed ? 'fits' : out.paint('red', 'does NOT fit: no effect is reported')} (p ${digits(srm.pValue)})`);
  const isBayesian = comparisons.some(({ probabilityToBeatControl }) => probabilityToBeatControl !== null);
  const isShare = (metric: string) => metrics.find(({ key }) => key === metric)?.type === 'CONVERSION';
  out.table(
    ['METRIC', 'ROLE', 'VARIANT', 'CONTROL', 'VALUE', 'CHANGE', 'INTERVAL', isBayesian ? 'P(BETTER)' : 'P ADJUSTED', 'OUTCOME'],
    comparisons.map((comparison) => {
      const { metric, role, variant, controlMean, variantMean, outcome, unknownReason } = comparison;
      const mean = (value: number | null) => (value === null ? null : amount(value, isShare(metric)));
      const told = effectWords(comparison, isShare(metric));
      return [
        metric,
        role.toLowerCase(),
        variant,
        mean(controlMean),
        mean(variantMean),
        told?.change ?? null,
        told?.bounds ?? null,
        digits(isBayesian ? comparison.probabilityToBeatControl : comparison.adjustedPValue),
        unknownReason ?? outcome,
      ];
    }),
  );
  for (const { metric, variant, breached, effect, threshold } of guardrails) {
    const state = breached ? out.paint('red', 'BREACHED') : 'holds';
    out.print(`Guardrail ${metric}, ${variant}: ${state} (${digits(effect) ?? '–'} against at most ${threshold})`);
  }
}

function digits(value: number | null): string | null {
  return value === null ? null : value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
