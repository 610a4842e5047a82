import type { AlertKind, AlertSeverity } from '../core/alert.js';
import type { Experiment, ExperimentDesign, ExperimentStatus } from '../core/experiment.js';
import type { ExperimentOrderField, OrderDirection } from '../core/experiment-list.js';
import type { HourSteps } from '../core/series.js';
import type { Validation } from '../core/validation.js';
import type { DryRun } from '../core/validation-checks.js';
import type { Page, PageRequest } from './page.js';
import type {
  AlertRecord,
  AllocationRecord,
  ApiKeyRecord,
  AuditRecord,
  CountStep,
  CountsRecord,
  EffectRecord,
  EvaluationRecord,
  WeightsPoint,
} from './records.js';

/** What the services ask of the store of record without changing anything, with how it is narrowed and ordered. */

export interface ExperimentFilter {
  readonly keys?: readonly string[] | null;
  readonly status?: readonly ExperimentStatus[] | null;
  readonly design?: readonly ExperimentDesign[] | null;
  readonly tags?: readonly string[] | null;
  readonly search?: string | null;
}

export interface ExperimentOrder {
  readonly field: ExperimentOrderField;
  readonly direction: OrderDirection;
}

export interface AlertFilter {
  readonly experimentKeys?: readonly string[] | null;
  readonly kinds?: readonly AlertKind[] | null;
  readonly minSeverity?: AlertSeverity | null;
  readonly open?: boolean | null;
}

export interface AuditFilter {
  readonly experimentKey?: string | null;
  readonly actor?: string | null;
  readonly action?: string | null;
  readonly from?: Date | null;
  readonly to?: Date | null;
}

/** What is asked without changing anything; each throws UNAVAILABLE when the store is away. */
export interface Reads {
  experiment(by: { readonly key: string } | { readonly id: string }): Promise<Experiment | null>;
  experiments(page: PageRequest, filter: ExperimentFilter, order: ExperimentOrder): Promise<Page<Experiment>>;
  allocations(experimentId: string, page: PageRequest): Promise<Page<AllocationRecord>>;
  allocation(experimentId: string, version: number): Promise<AllocationRecord | null>;
  evaluations(experiment: Experiment, page: PageRequest): Promise<Page<EvaluationRecord>>;
  evaluation(experiment: Experiment, sequence: number): Promise<EvaluationRecord | null>;
  latestEvaluation(experiment: Experiment): Promise<EvaluationRecord | null>;
  /** In the order asked; null before the first. */
  latestEvaluations(experiments: readonly Experiment[]): Promise<readonly (EvaluationRecord | null)[]>;
  alerts(page: PageRequest, filter: AlertFilter): Promise<Page<AlertRecord>>;
  alert(id: string): Promise<AlertRecord | null>;
  auditLog(page: PageRequest, filter: AuditFilter): Promise<Page<AuditRecord>>;
  auditEntry(id: string): Promise<AuditRecord | null>;
  apiKeys(): Promise<readonly ApiKeyRecord[]>;
  apiKey(id: string): Promise<ApiKeyRecord | null>;
  apiKeyByHash(secretHash: Uint8Array): Promise<ApiKeyRecord | null>;
  /** Notes when a key was last used. */
  touchApiKey(id: string, at: Date): Promise<void>;
  counts(experiments: readonly Experiment[]): Promise<readonly CountsRecord[]>;
  /** Histories, oldest first, for streams: what follows a sequence, at most `limit`. */
  allocationsAfter(experimentId: string, version: number, limit: number): Promise<readonly AllocationRecord[]>;
  evaluationsAfter(experiment: Experiment, sequence: number, limit: number): Promise<readonly EvaluationRecord[]>;
  alertsAfter(sequence: number, limit: number): Promise<readonly AlertRecord[]>;
  openAlerts(): Promise<readonly AlertRecord[]>;
  /** Newest sequence of all alerts. */
  alertSequence(): Promise<number>;
}

/** Dry runs and their verdicts. Each throws UNAVAILABLE when the store is away. */
export interface ValidationReads {
  /** What a dry run that is under way has given so far. */
  dryRun(experiment: Experiment): Promise<DryRun>;
  /** The verdicts on dry runs that have ended, in the order asked; null where there was none. */
  validations(experimentIds: readonly string[]): Promise<readonly (Validation | null)[]>;
}

/** Numbers of a history that has no gaps. */
export interface NumberSpan {
  readonly first: number;
  readonly last: number;
}

/** From one time, itself included, to another; to null: as far as there is anything. */
export interface TimeSpan {
  readonly from: Date;
  readonly to: Date | null;
}

/** Histories of an experiment for charts: first how far they reach, then those points that are shown. Each throws UNAVAILABLE when the store is away. */
export interface SeriesReads {
  /** Versions of the allocation in force in this time, and which of them no bandit made, ascending; null: none. */
  allocationSpan(experimentId: string, span: TimeSpan): Promise<(NumberSpan & { readonly kept: readonly number[] }) | null>;
  /** In order of version. */
  weights(experimentId: string, versions: readonly number[]): Promise<readonly WeightsPoint[]>;
  /** Sequences of the evaluations made in this time; null: none. */
  evaluationSpan(experimentId: string, span: TimeSpan): Promise<NumberSpan | null>;
  /** The comparisons on one metric in these evaluations, in order of sequence. */
  effects(experimentId: string, metric: string, sequences: readonly number[]): Promise<readonly EffectRecord[]>;
  /** What came in from step to step, in any order. @param until hours that are over by then; null: all there are */
  hourCounts(experimentId: string, steps: HourSteps, until: Date | null): Promise<readonly CountStep[]>;
}
