import { type AlertKind, type AlertSeverity, alertKinds } from './alert.js';
import { besideAlerts } from './alert-words.js';
import type { EvaluationResult } from './evaluation-types.js';
import type { Decision } from './evaluation-words.js';
import type { Experiment, ExperimentStatus } from './experiment.js';
import type { Report } from './report.js';
import { besideSwitch } from './switch-words.js';

/** What the outside is told of experiments: alerts, decisions, moves of their status, daily reports. */

/** By which receivers choose. */
export const webhookKinds = [...alertKinds, 'DECISION', 'STATUS', 'REPORT'] as const;
export type WebhookKind = (typeof webhookKinds)[number];

/** The body of a webhook, as the Standard Webhooks specification lays it out. Plain JSON. */
export type WebhookBody =
  | Body<'alert.raised' | 'alert.resolved', AlertData>
  | Body<'decision.changed', DecisionData>
  | Body<'status.changed', StatusData>
  | Body<'report.daily', Report>;

interface Body<Type extends string, Data> {
  readonly type: Type;
  /** When it happened, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly data: Data;
}

interface About {
  readonly experimentKey: string;
  readonly experimentName: string;
}

export interface AlertData extends About {
  /** The same in `alert.raised` and in `alert.resolved`. */
  readonly id: string;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly message: string;
  readonly metric: string | null;
  readonly variant: string | null;
  readonly raisedAt: string;
  readonly resolvedAt: string | null;
}

export interface DecisionData extends About {
  /** Of the evaluation. */
  readonly sequence: number;
  readonly decision: Decision;
  /** What the evaluation before it had said; null for the first. */
  readonly previousDecision: Decision | null;
  readonly winner: string | null;
  /** What the evaluation found, and which critical alerts were open. */
  readonly summary: string;
  /** False in a dry run. */
  readonly confirmatory: boolean;
}

export interface StatusData extends About {
  readonly status: ExperimentStatus;
  readonly previousStatus: ExperimentStatus;
  /** What every unit gets from now on; null when none is shipped, or none is any more. */
  readonly shippedVariant: string | null;
  readonly reason: string | null;
  /** Name of the key, or of the rule that acted. */
  readonly actor: string;
}

/** One thing to be told, once to each receiver. */
export interface WebhookMessage {
  /** Follows from what it tells of, so that the same is never told as two. Letters, digits, `-` and `_`. */
  readonly id: string;
  readonly kind: WebhookKind;
  readonly experimentKey: string;
  /** Id of the message that a receiver must have had before; null: of none. */
  readonly follows: string | null;
  readonly body: WebhookBody;
}

interface Alert extends Omit<AlertData, 'raisedAt' | 'resolvedAt' | 'experimentName'> {
  readonly at: Date;
  readonly resolvedAt: Date | null;
}

/** An alert that was raised, or that was resolved. */
export function alertMessage({ definition }: Experiment, { at, resolvedAt, ...alert }: Alert): WebhookMessage {
  const { id, kind, severity, message, metric, variant } = alert;
  const raised = `alert_${id}_raised`;
  const data: AlertData = {
    ...aboutOf(definition),
    id,
    kind,
    severity,
    message,
    metric,
    variant,
    raisedAt: at.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
  };
  return {
    id: resolvedAt ? `alert_${id}_resolved` : raised,
    kind,
    experimentKey: definition.key,
    follows: resolvedAt ? raised : null,
    body: { type: resolvedAt ? 'alert.resolved' : 'alert.raised', timestamp: (resolvedAt ?? at).toISOString(), data },
  };
}

interface Judged {
  readonly sequence: number;
  readonly at: Date;
  readonly result: Pick<EvaluationResult, 'decision' | 'winner' | 'summary' | 'confirmatory'>;
}

/** What an evaluation asks people to do; null when it asks nothing but patience. */
function callOf({ decision, winner }: Judged['result']): string | null {
  return decision === 'KEEP_RUNNING' || decision === 'INSUFFICIENT_DATA' ? null : `${decision} ${winner ?? ''}`;
}

/** What an evaluation decided, when that asks for something else than the one before it did; else null. */
export function decisionMessage(
  { id, definition, disabledVariants }: Experiment,
  { sequence, at, result }: Judged,
  previous: Judged | null,
  openAlerts: readonly Pick<AlertData, 'kind' | 'severity'>[],
): WebhookMessage | null {
  if (callOf(result) === (previous && callOf(previous.result))) return null;
  const { decision, winner, confirmatory } = result;
  const summary = besideAlerts(besideSwitch(result, disabledVariants), openAlerts);
  const previousDecision = previous?.result.decision ?? null;
  return {
    id: `decision_${id}_${sequence}`,
    kind: 'DECISION',
    experimentKey: definition.key,
    follows: null,
    body: {
      type: 'decision.changed',
      timestamp: at.toISOString(),
      data: { ...aboutOf(definition), sequence, decision, previousDecision, winner, summary, confirmatory },
    },
  };
}

/** That an experiment's status moved, or that another variant is shipped; null when neither did. */
export function statusMessage(
  before: Experiment,
  after: Experiment,
  { actor, reason, at }: { readonly actor: string; readonly reason: string | null; readonly at: Date },
): WebhookMessage | null {
  const { id, definition, revision, status, shippedVariant } = after;
  if (status === before.status && shippedVariant === before.shippedVariant) return null;
  // An archived experiment remembers what it shipped, but serves nobody.
  const servedVariant = status === 'STOPPED' ? shippedVariant : null;
  return {
    id: `status_${id}_${revision}`,
    kind: 'STATUS',
    experimentKey: definition.key,
    follows: null,
    body: {
      type: 'status.changed',
      timestamp: at.toISOString(),
      data: { ...aboutOf(definition), status, previousStatus: before.status, shippedVariant: servedVariant, reason, actor },
    },
  };
}

/** The report of a day; of one experiment and day there is one. */
export function reportMessage({ id, definition }: Experiment, report: Report, day: Date): WebhookMessage {
  return {
    id: reportId(id, day),
    kind: 'REPORT',
    experimentKey: definition.key,
    follows: null,
    body: { type: 'report.daily', timestamp: report.at, data: report },
  };
}

/** @param day any time of it, in UTC */
export function reportId(experimentId: string, day: Date): string {
  return `report_${experimentId}_${day.toISOString().slice(0, 10)}`;
}

function aboutOf({ key, name }: Experiment['definition']): About {
  return { experimentKey: key, experimentName: name };
}
