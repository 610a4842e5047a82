import type { AlertKind, AlertSeverity } from './alert.js';
import { besideAlerts } from './alert-words.js';
import type { VariantWeight } from './allocation.js';
import type { Comparison, EvaluationResult, GuardrailStatus, SrmCheck } from './evaluation-types.js';
import type { Decision } from './evaluation-words.js';
import type { Experiment, ExperimentStatus, MetricType } from './experiment.js';
import { adviceOf, changesOf } from './report-words.js';
import { besideSwitch } from './switch-words.js';

/** An experiment as a person should see it once a day: what changed, how it stands, and what to do. Plain JSON; times are ISO 8601 in UTC. */
export interface Report {
  readonly experimentKey: string;
  readonly experimentName: string;
  readonly status: ExperimentStatus;
  readonly at: string;
  /** What changes are told from. */
  readonly since: string;
  /** Whole days that it has run; null in a dry run. */
  readonly days: number | null;
  /** Of the latest evaluation; null before the first. */
  readonly decision: Decision | null;
  /** Of the latest evaluation made by `since`; null when there was none. */
  readonly previousDecision: Decision | null;
  readonly winner: string | null;
  /** When the latest evaluation was made. */
  readonly evaluatedAt: string | null;
  /** What that evaluation found, or why there is none, and which critical alerts are open. */
  readonly summary: string;
  readonly variants: readonly ReportVariant[];
  readonly effects: readonly ReportEffect[];
  /** Null before the first evaluation. */
  readonly sampleRatio: SrmCheck | null;
  readonly guardrails: readonly GuardrailStatus[];
  readonly openAlerts: readonly ReportAlert[];
  /** Sentences; never empty. */
  readonly changes: readonly string[];
  /** Sentences, the most pressing first; never empty. */
  readonly advice: readonly string[];
}

export interface ReportVariant {
  readonly variant: string;
  readonly isControl: boolean;
  readonly isEnabled: boolean;
  /** Share of the included units, in [0, 1]. */
  readonly weight: number;
  /** Share at `since`; null when nobody was assigned yet. */
  readonly previousWeight: number | null;
  /** Units exposed, those of a dry run too, and those of them that have converted on the primary metric. */
  readonly exposures: number;
  readonly conversions: number;
  /** Those that came after `since`. */
  readonly newExposures: number;
  readonly newConversions: number;
}

/** A comparison of the latest evaluation. */
export interface ReportEffect extends Comparison {
  readonly metricType: MetricType;
  /** The effect in the latest evaluation made by `since`; null when there was none, or none in it. */
  readonly previousEffect: number | null;
}

export interface ReportAlert {
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly message: string;
  readonly at: string;
}

export interface ReportInput {
  readonly experiment: Experiment;
  readonly at: Date;
  readonly since: Date;
  /** The latest evaluation, and the latest made by `since`. */
  readonly evaluation: Judged | null;
  readonly previous: Judged | null;
  /** Up to `since`, and what came after it; variants without any may be left out. */
  readonly countsBefore: readonly Counted[];
  readonly countsSince: readonly Counted[];
  /** At `since`; null when nobody was assigned yet. */
  readonly previousWeights: readonly VariantWeight[] | null;
  readonly openAlerts: readonly RaisedAlert[];
  /** Raised after `since`, whether open or not, and resolved after `since`. */
  readonly raisedAlerts: readonly RaisedAlert[];
  readonly resolvedAlerts: readonly RaisedAlert[];
}

export interface Judged {
  readonly at: Date;
  readonly result: EvaluationResult;
}

export interface Counted {
  readonly variant: string;
  readonly exposures: number;
  readonly conversions: number;
}

export interface RaisedAlert {
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly message: string;
  readonly at: Date;
}

const dayMs = 86_400_000;

/** The report on an experiment that has an allocation. */
export function reportOf(input: ReportInput): Report {
  const { experiment, at, since, evaluation, previous } = input;
  const { definition, status, startedAt, disabledVariants } = experiment;
  const variants = variantsOf(input);
  const summary = evaluation
    ? besideSwitch(evaluation.result, disabledVariants)
    : `It has not been evaluated yet; its schedule is ${definition.evaluation.schedule}.`;
  return {
    experimentKey: definition.key,
    experimentName: definition.name,
    status,
    at: at.toISOString(),
    since: since.toISOString(),
    days: startedAt && Math.floor((at.getTime() - startedAt.getTime()) / dayMs),
    decision: evaluation?.result.decision ?? null,
    previousDecision: previous?.result.decision ?? null,
    winner: evaluation?.result.winner ?? null,
    evaluatedAt: evaluation?.at.toISOString() ?? null,
    summary: besideAlerts(summary, input.openAlerts),
    variants,
    effects: effectsOf(input),
    sampleRatio: evaluation?.result.srm ?? null,
    guardrails: evaluation?.result.guardrails ?? [],
    openAlerts: input.openAlerts.map(({ kind, severity, message, at: raisedAt }) => ({
      kind,
      severity,
      message,
      at: raisedAt.toISOString(),
    })),
    changes: changesOf(input, variants),
    advice: adviceOf(input),
  };
}

function variantsOf({ experiment, countsBefore, countsSince, previousWeights }: ReportInput): ReportVariant[] {
  const { definition, allocation, disabledVariants } = experiment;
  return definition.variants.map(({ key, isControl }) => {
    const of = <T extends { readonly variant: string }>(list: readonly T[]) => list.find(({ variant }) => variant === key);
    const before = of(countsBefore) ?? { exposures: 0, conversions: 0 };
    const since = of(countsSince) ?? { exposures: 0, conversions: 0 };
    return {
      variant: key,
      isControl,
      isEnabled: !disabledVariants.includes(key),
      weight: of(allocation?.weights ?? [])?.weight ?? 0,
      previousWeight: previousWeights && (of(previousWeights)?.weight ?? 0),
      exposures: before.exposures + since.exposures,
      conversions: before.conversions + since.conversions,
      newExposures: since.exposures,
      newConversions: since.conversions,
    };
  });
}

function effectsOf({ experiment, evaluation, previous }: ReportInput): ReportEffect[] {
  const typeOf = new Map(experiment.definition.metrics.map(({ key, type }) => [key, type]));
  const before = new Map(previous?.result.comparisons.map(({ metric, variant, effect }) => [`${metric} ${variant}`, effect]));
  return (evaluation?.result.comparisons ?? []).flatMap((comparison) => {
    const { metric, variant } = comparison;
    const metricType = typeOf.get(metric);
    // Metrics may go while it is a dry run; what has no name any more is not told.
    return metricType ? [{ ...comparison, metricType, previousEffect: before.get(`${metric} ${variant}`) ?? null }] : [];
  });
}
