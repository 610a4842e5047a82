import type { AlertKind, AlertSeverity } from '../core/alert.js';
import type { DomainError } from '../core/errors.js';
import type { ArmSums } from '../core/evaluation.js';
import type { CheckedEvent, CheckedExposure, EventResult, MetricUse } from '../core/event.js';
import type { Exclusion, Experiment, MetricDefinition, MetricRole } from '../core/experiment.js';
import type { Cohort } from '../core/health-cohorts.js';
import type { Validation } from '../core/validation.js';
import type { DryRun } from '../core/validation-checks.js';
import type { WebhookMessage } from '../core/webhook.js';
import type { AlertRecord, AllocationRecord, ApiKeyRecord, AuditRecord, EvaluationRecord, SegmentedSums, Sums } from './records.js';

/** Interfaces of the services to the outside. Stores implement them; `compose.ts` joins them. */

/** Who asks for a change, and what makes its repetition harmless. Made at the edge; rules that act by themselves use {@link ruleCommand}. */
export interface Command {
  /** Name of the key, or of the rule that acts. */
  readonly actor: string;
  /** Name of the mutation, or of the rule. */
  readonly action: string;
  readonly apiKeyId: string | null;
  readonly idempotencyKey: string | null;
  /** SHA-256 over the arguments but the idempotency key, canonically written. */
  readonly fingerprint: string;
  /** Id of the request, or of the job's run, as the log has it. The store's own log shows it too; it is no part of what is asked. */
  readonly requestId?: string;
}

export const ruleActors = ['bandit', 'guardrail', 'evaluator', 'ramp'] as const;
export type RuleActor = (typeof ruleActors)[number];

/** A change that a rule makes by itself. @param requestId of the job's run, where a job brings it about */
export function ruleCommand(actor: RuleActor, action: string, requestId?: string): Command {
  const command = { actor, action, apiKeyId: null, idempotencyKey: null, fingerprint: '' };
  return requestId === undefined ? command : { ...command, requestId };
}

// ---------------------------------------------------------------- the store of record

export interface NewAlert {
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly message: string;
  readonly metric?: string | null;
  readonly variant?: string | null;
}

/** One transaction over the store of record: everything done through it is committed together or not at all. */
export interface Transaction {
  /** The experiment, locked until the end; null when there is none of that key. */
  lockExperiment(key: string): Promise<Experiment | null>;
  lockExperimentById(id: string): Promise<Experiment | null>;
  /** @throws EXPERIMENT_KEY_TAKEN */
  insertExperiment(experiment: Experiment): Promise<void>;
  saveExperiment(experiment: Experiment): Promise<void>;
  deleteExperiment(id: string): Promise<void>;
  /** Ranges of the group that others hold; the group stays locked until the end. */
  heldRanges(group: string, exceptId: string): Promise<readonly Exclusion[]>;
  /** Waits for writers of events that are under way; those that follow see what this transaction commits. */
  holdCounting(experimentId: string): Promise<void>;
  /** Keeps what the unit does from then on out of the results; the time is read when nobody counts the unit. */
  excludeUnit(experimentId: string, hashKey: string, unitId: string, now: () => Date): Promise<void>;
  /** Keys of the experiments that force a variant on the unit. */
  overriding(unit: UnitToForget): Promise<readonly string[]>;
  /** Deletes all that counting goes by of a unit; what it counted for stays in the sums. Rows of experiments are to be locked before. */
  forgetCounted(unit: UnitToForget): Promise<ForgottenRows>;
  /** Announces to all writers of events that what is counted how has changed. */
  bumpRules(): Promise<void>;
  insertAllocation(record: AllocationRecord): Promise<void>;
  /** When it began, by the store's clock: all that was committed by then its reads show. */
  startedAt(): Promise<Date>;
  sums(experiment: Experiment): Promise<Sums>;
  /** Units first exposed in a period, by variant; those without any are left out. */
  periodUnits(experimentId: string, period: number): Promise<ReadonlyMap<string, number>>;
  /** Sums by registered segment; null where the plan registers none. */
  segments(experiment: Experiment): Promise<SegmentedSums | null>;
  /** Sums over units whose metric's window had passed at that time, for the bandit. */
  maturedArms(experiment: Experiment, at: Date): Promise<readonly ArmSums[]>;
  /** A bandit's units and conversions by variant and hour of first exposure, of the hours that begin between two times, both included. */
  cohorts(experiment: Experiment, from: Date, to: Date): Promise<readonly Cohort[]>;
  latestEvaluation(experiment: Experiment): Promise<EvaluationRecord | null>;
  insertEvaluation(evaluation: EvaluationRecord): Promise<void>;
  /** What a dry run that is under way has given so far. */
  dryRun(experiment: Experiment): Promise<DryRun>;
  /** The verdict on a dry run that has ended; null when there was none. */
  validation(experimentId: string): Promise<Validation | null>;
  insertValidation(experimentId: string, validation: Validation): Promise<void>;
  /** Raises an alert unless one of its kind, metric and variant is open; the one raised, or null. */
  raiseAlert(experiment: Experiment, alert: NewAlert, at: Date): Promise<AlertRecord | null>;
  /** Resolves open alerts of these kinds; those that were open. */
  resolveAlerts(experiment: Experiment, kinds: readonly AlertKind[], at: Date): Promise<readonly AlertRecord[]>;
  openAlerts(experiment: Experiment): Promise<readonly AlertRecord[]>;
  /** Takes a job's turn; null when another took it less than `minGapMs` ago. `count`: turns so far that `countTurn` has counted. */
  claimTick(experimentId: string, kind: TickKind, at: Date, minGapMs: number): Promise<{ readonly count: number } | null>;
  countTurn(experimentId: string, kind: TickKind): Promise<void>;
  audit(entry: Omit<AuditRecord, 'id'>): Promise<void>;
  /** Leaves a message for the outside; one that is there already stays as it is. */
  tell(message: WebhookMessage, at: Date): Promise<void>;
  insertApiKey(key: ApiKeyRecord, secretHash: Uint8Array): Promise<void>;
  /** The key, locked until the end. */
  lockApiKey(id: string): Promise<ApiKeyRecord | null>;
  revokeApiKey(id: string, at: Date): Promise<void>;
}

/** A unit that is to be forgotten. */
export interface UnitToForget {
  readonly unitId: string;
  /** What kind of id it is, as experiments name it; null: whatever kind. */
  readonly hashKey: string | null;
}

/** Rows that were deleted with a unit. */
export interface ForgottenRows {
  /** Experiments that had counted the unit. */
  readonly experiments: number;
  /** Its totals, one an experiment and metric. */
  readonly totals: number;
  /** Experiments that had noted a claim of a wrong variant. */
  readonly mismatches: number;
  /** Its metric events as they came. */
  readonly events: number;
}

/** Deletes of a unit what nothing is counted by. Each can be repeated, and throws UNAVAILABLE when the store is away. */
export interface ForgetStore {
  /** Its exposures as they came; how many. */
  dropExposures(unit: UnitToForget): Promise<number>;
  /** Takes it out of the overrides that the audit log shows; from how many entries. */
  redactAudit(unit: UnitToForget): Promise<number>;
  /** Takes it out of the outcomes that are kept for repetitions; out of how many. */
  redactOutcomes(unit: UnitToForget): Promise<number>;
  /** Has every instance drop what it remembers of units, at its next look at the latest. */
  noteForgotten(): Promise<void>;
}

export const tickKinds = ['bandit', 'evaluation'] as const;
export type TickKind = (typeof tickKinds)[number];

export interface Changes {
  /**
   * Runs a change once: claims the command's idempotency key, does the work, keeps the outcome and commits.
   * A repetition gives the first outcome without doing the work.
   *
   * @throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE, UNAVAILABLE, and what the work refuses
   */
  run<T>(command: Command, work: (transaction: Transaction) => Promise<T>): Promise<{ readonly outcome: T; readonly replayed: boolean }>;
}

/** The variants of first recorded exposures. */
export interface RecordedExposures {
  /** In the order asked: the variant's key, or null when the unit was never exposed. @throws when the store is away */
  variantsOf(units: readonly { readonly experimentId: string; readonly unitId: string }[]): Promise<readonly (string | null)[]>;
}

/** All experiments, for instances that hold them in memory. */
export interface DefinitionStore {
  /** Versions of all experiments, the epoch of the rules, and how many units were forgotten so far, as of one moment. */
  versions(): Promise<{ readonly epoch: number; readonly forgotten: number; readonly versions: ReadonlyMap<string, number> }>;
  load(ids: readonly string[]): Promise<readonly Experiment[]>;
}

/** Jobs' own look at the store. */
export interface Sweeps {
  /** Runs `work` when no other worker is running the same sweep; whether it ran. */
  exclusively(sweep: 'guardrails' | 'health' | 'maintenance' | 'overdue' | 'reports', work: () => Promise<void>): Promise<boolean>;
  /** Sums of many experiments at once, by id, in their metrics of one role. */
  arms(experiments: readonly Experiment[], role: MetricRole): Promise<ReadonlyMap<string, readonly ArmSums[]>>;
  /** Units that an exposure claimed a variant of that they were not served, beside those exposed, dry run and all; experiments without any are left out. */
  mismatches(): Promise<ReadonlyMap<string, { readonly exposed: number; readonly mismatched: number }>>;
  ticks(): Promise<readonly { readonly experimentId: string; readonly kind: TickKind; readonly at: Date }[]>;
  /** Makes the partitions of the coming hours; how many were missing. */
  makePartitions(now: Date): Promise<number>;
  /** Drops what is past its life: raw events, ids, idempotency keys, and what is kept of single units of experiments that were put away. */
  dropExpired(now: Date, retentionDays: number): Promise<void>;
}

// ---------------------------------------------------------------- announcements

/** Changes announced from instance to instance: hints of what to look at, whose loss costs seconds, never truth. */
export type Announcement =
  | { readonly kind: 'experiment'; readonly id: string; readonly version: number }
  | { readonly kind: 'evaluation'; readonly id: string; readonly sequence: number }
  | { readonly kind: 'alert'; readonly sequence: number }
  | { readonly kind: 'keys' }
  /** A unit was forgotten; which is not said. */
  | { readonly kind: 'forgotten' };

export interface Announcer {
  /** Tells the other instances; never throws, never waits for a store that is away. */
  announce(announcement: Announcement): void;
}

export interface Ids {
  uuid(): string;
  /** Text that nobody can guess, for a salt. */
  salt(): string;
}

export interface Clock {
  /** Now, to the millisecond. */
  now(): Date;
}

// ---------------------------------------------------------------- events

/** One request of trackEvents on its way into the store. */
export interface IngestRequest {
  readonly apiKeyId: string | null;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string;
  readonly receivedAt: number;
  /** In the order sent; those refused at the door are results already. */
  readonly items: readonly (CheckedExposure | CheckedEvent | EventResult)[];
  /** Bot events turned away, by experiment id. */
  readonly bots: ReadonlyMap<string, number>;
}

export interface IngestAnswer {
  readonly results: readonly EventResult[];
  readonly receivedAt: number;
  readonly replayed: boolean;
}

/** What the store must know of the experiments to count; from memory, which may move meanwhile, with the epoch that it had before, checked against the store's in the transaction. */
export interface CountingRules {
  /** Grows with every change of which metrics are counted how; see {@link StaleRules}. */
  readonly epoch: number;
  /** Experiments that count this metric. */
  usesOf(metric: string): readonly MetricUse[];
  /** The experiment's hash key and metrics. */
  rulesOf(experimentId: string): {
    readonly hashKey: string;
    readonly metrics: readonly MetricDefinition[];
    readonly cohortMetric: string | null;
  };
}

/** Thrown by the store when the rules in memory are older than its own: refresh them and try again. Nothing was stored. */
export class StaleRules extends Error {
  override readonly name = 'StaleRules';
}

export interface EventStore {
  /**
   * Stores and counts the requests in one transaction; when it resolves they are committed. An error stands for its request alone.
   * @throws StaleRules; DomainError UNAVAILABLE; nothing was stored then
   */
  ingest(requests: readonly IngestRequest[], rules: CountingRules): Promise<readonly (IngestAnswer | DomainError)[]>;
}
