import type { AlertKind } from './alert.js';
import { slotCount } from './allocation.js';
import { count, list, percent } from './number-words.js';
import type { RaisedAlert, ReportInput, ReportVariant } from './report.js';

/** The sentences of a report: what changed, and what to do. */

/** Share of the included units that must have moved for a change of the weights to be worth a sentence. */
const leastMove = 0.0005;

/** What happened after `since`; never empty. */
export function changesOf(input: ReportInput, variants: readonly ReportVariant[]): string[] {
  const { evaluation, previous, raisedAlerts, resolvedAlerts } = input;
  const gained = variants.reduce((sum, { newExposures }) => sum + newExposures, 0);
  const total = variants.reduce((sum, { exposures }) => sum + exposures, 0);
  const decision = evaluation?.result.decision;
  const before = previous?.result.decision;
  return [
    ...beginning(input),
    ...(decision && decision !== before ? [`It is judged ${decision}${before ? `, where it was ${before}` : ' for the first time'}.`] : []),
    ...weightChanges(variants),
    gained === 0 ? `No unit was exposed; there are ${count(total)} in all.` : `${units(gained)} exposed, ${count(total)} in all.`,
    ...alertChanges('raised', raisedAlerts),
    ...alertChanges('resolved', resolvedAlerts),
  ];
}

function beginning({ experiment: { status, startedAt }, since, previousWeights }: ReportInput): string[] {
  if (startedAt && startedAt >= since) return ['It was started.'];
  return status === 'DRY_RUN' && previousWeights === null ? ['Its dry run began.'] : [];
}

function units(number: number): string {
  return number === 1 ? '1 unit was' : `${count(number)} units were`;
}

function weightChanges(variants: readonly ReportVariant[]): string[] {
  const moved = variants.flatMap(({ variant, weight, previousWeight }) =>
    previousWeight === null || Math.abs(weight - previousWeight) < leastMove ? [] : [{ variant, weight, previousWeight }],
  );
  const shifted = moved.reduce((sum, { weight, previousWeight }) => sum + Math.max(0, weight - previousWeight), 0);
  if (moved.length === 0) return [];
  const each = moved.map(({ variant, weight, previousWeight }) => `${variant} from ${percent(previousWeight)} to ${percent(weight)}`);
  // Shares are whole slots; their sum in doubles may fall short of it by a hair, which would show as a digit more.
  return [`${percent(Math.round(shifted * slotCount) / slotCount)} of the traffic moved: ${list(each)}.`];
}

function alertChanges(what: 'raised' | 'resolved', alerts: readonly RaisedAlert[]): string[] {
  const kinds = [...new Set(alerts.map(({ kind }) => kind))];
  if (alerts.length === 0) return [];
  return [`${alerts.length === 1 ? 'An alert was' : `${alerts.length} alerts were`} ${what}: ${list(kinds)}.`];
}

/** What an open alert asks for; null: what the decision asks for says it. */
const cures: Readonly<Record<AlertKind, string | null>> = {
  GUARDRAIL_BREACH: null,
  SRM_DETECTED: null,
  ROLLED_BACK: null,
  CONVERSION_ANOMALY: null,
  BANDIT_HALTED: 'Find out what happened to the conversion rate; when it is sound again, set the bandit going with resumeBandit.',
  MULTIPLE_EXPOSURE: 'Look for clients that choose variants themselves, or that share ids between people.',
  STALE_POLICY: 'See that a worker is running and reaches its queue: scheduled work is overdue.',
  UNDERPOWERED: 'Give it more traffic or more time, or plan for a larger effect: as it is, it cannot reach its size.',
};

/** What to do, the most pressing first; never empty. */
export function adviceOf(input: ReportInput): string[] {
  const { experiment, openAlerts } = input;
  const kinds = new Set(openAlerts.map(({ kind }) => kind));
  const fromAlerts = [...kinds].flatMap((kind) => cures[kind] ?? []);
  const dryRun = experiment.status === 'DRY_RUN' ? [`Start it when all is sound: bellwether start ${experiment.definition.key}`] : [];
  return [...fromDecision(input), ...fromAlerts, ...dryRun];
}

function fromDecision({ experiment, evaluation, openAlerts }: ReportInput): string[] {
  const { definition, status, disabledVariants } = experiment;
  const { key } = definition;
  if (!evaluation) return ['Wait for the first evaluation.'];
  const { decision, winner } = evaluation.result;
  const isAlarming = openAlerts.some(({ severity }) => severity === 'CRITICAL');
  switch (decision) {
    case 'INVALID':
      return ['Read no effect: find out why the units do not fit the split, mend it, and run the experiment again under a new key.'];
    case 'ROLL_BACK':
      return [`Roll it back, for a guardrail is breached: bellwether rollback ${key} --reason "guardrail breached"`];
    case 'SHIP':
      if (status === 'DRY_RUN') return ['Ship nothing from a dry run.'];
      if (winner !== null && disabledVariants.includes(winner))
        return [`Switch ${winner} on again if it may be shipped, or stop without it: bellwether stop ${key}`];
      return [`${isAlarming ? 'Once you know why an alert is open, ship' : 'Ship'} ${winner}: bellwether stop ${key} --ship ${winner}`];
    case 'DO_NOT_SHIP':
      return [`Stop it and keep the control: bellwether stop ${key}`];
    case 'INSUFFICIENT_DATA':
      return [`Wait: each variant needs ${count(definition.evaluation.minSampleSize)} units before anything is judged.`];
    case 'KEEP_RUNNING':
      return ['Let it run: nothing is settled.'];
    default:
      return decision satisfies never;
  }
}
