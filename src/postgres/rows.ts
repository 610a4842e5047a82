import type { Allocation, AllocationCause, SlotRun, VariantWeight } from '../core/allocation.js';
import type { Definition, Experiment, ExperimentStatus, Override } from '../core/experiment.js';
import type { AllocationRecord, EvaluationRecord, VariantProbability } from '../services/records.js';

/**
 * Rows of the store of record and what they mean: the one place that knows which value stands in which column.
 *
 * A row has the names of its columns, as `select *` gives them; those that come through Prisma pass {@link columnsOf} first.
 * What goes in (`experimentColumns` and so on) is a value for each column in the driver's own terms: JSON as text, instants as `Date`.
 * A definition is stored beside copies of the members that lists are filtered and sorted by; the definition is the truth.
 */

/** A value for each column, by the column's name. */
export type Columns = Readonly<Record<string, unknown>>;

/** A record that Prisma read, under the names of its columns: `startedAt` becomes `started_at`. Values stay as they are. */
export function columnsOf<Row>(record: CamelCased<Row>): Row {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [snakeCase(name), value])) as Row;
}

type CamelCase<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name;
/** What Prisma gives for a row; further members are left alone. */
type CamelCased<Row> = { readonly [Name in keyof Row as CamelCase<Name> & string]: Row[Name] };

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export interface ExperimentRow {
  readonly id: string;
  readonly definition: unknown;
  readonly status: string;
  readonly revision: number;
  readonly version: number;
  readonly allocation: unknown;
  readonly disabled_variants: readonly string[];
  readonly overrides: unknown;
  readonly exclusion_group: string | null;
  readonly exclusion_start: number | null;
  readonly exclusion_end: number | null;
  readonly bandit_halted_at: Date | null;
  readonly bandit_resumed_at: Date | null;
  readonly plan_hash: string | null;
  readonly looks_used: number;
  readonly shipped_variant: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
}

export function experimentOf(row: ExperimentRow): Experiment {
  const { exclusion_group: group, exclusion_start: start, exclusion_end: end } = row;
  return {
    id: row.id,
    definition: row.definition as Definition,
    status: row.status as ExperimentStatus,
    revision: row.revision,
    version: row.version,
    allocation: row.allocation === null ? null : allocationOfJson(row.allocation as AllocationJson),
    disabledVariants: row.disabled_variants,
    overrides: row.overrides as readonly Override[],
    exclusion: group !== null && start !== null && end !== null ? { group, start, end } : null,
    banditHaltedAt: row.bandit_halted_at,
    banditResumedAt: row.bandit_resumed_at,
    planHash: row.plan_hash,
    looksUsed: row.looks_used,
    shippedVariant: row.shipped_variant,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

export function experimentColumns(experiment: Experiment): Columns {
  const { definition, allocation, exclusion } = experiment;
  return {
    id: experiment.id,
    key: definition.key,
    name: definition.name,
    hypothesis: definition.hypothesis,
    tags: definition.tags,
    status: experiment.status,
    design: definition.design,
    definition: JSON.stringify(definition),
    revision: experiment.revision,
    version: experiment.version,
    allocation: allocation === null ? null : JSON.stringify(allocationJson(allocation)),
    disabled_variants: experiment.disabledVariants,
    overrides: JSON.stringify(experiment.overrides),
    exclusion_group: exclusion?.group ?? null,
    exclusion_start: exclusion?.start ?? null,
    exclusion_end: exclusion?.end ?? null,
    bandit_halted_at: experiment.banditHaltedAt,
    bandit_resumed_at: experiment.banditResumedAt,
    plan_hash: experiment.planHash,
    looks_used: experiment.looksUsed,
    shipped_variant: experiment.shippedVariant,
    created_at: experiment.createdAt,
    updated_at: experiment.updatedAt,
    started_at: experiment.startedAt,
    ended_at: experiment.endedAt,
  };
}

/** `[end, variant, served]`: a hundred runs stay a line of text. */
type RunJson = readonly [end: number, variant: number | null, served: number];

/** An allocation as the column `experiment.allocation` holds it. */
interface AllocationJson extends Omit<Allocation, 'runs' | 'startedAt'> {
  readonly runs: readonly RunJson[];
  /** ISO 8601 in UTC, to the millisecond. */
  readonly startedAt: string;
}

const runsJson = (runs: readonly SlotRun[]): RunJson[] => runs.map(({ end, variant, served }) => [end, variant, served]);
const runsOfJson = (runs: readonly RunJson[]): SlotRun[] => runs.map(([end, variant, served]) => ({ end, variant, served }));

function allocationJson({ runs, startedAt, ...rest }: Allocation): AllocationJson {
  return { ...rest, runs: runsJson(runs), startedAt: startedAt.toISOString() };
}

function allocationOfJson({ runs, startedAt, ...rest }: AllocationJson): Allocation {
  return { ...rest, runs: runsOfJson(runs), startedAt: new Date(startedAt) };
}

export interface AllocationRow {
  readonly experiment_id: string;
  readonly version: number;
  readonly traffic_allocation: number;
  readonly max_traffic_allocation: number;
  readonly runs: unknown;
  readonly weights: unknown;
  readonly previous_weights: unknown;
  readonly probability_best: unknown;
  readonly period: number;
  readonly cause: string;
  readonly started_at: Date;
  readonly ended_at: Date | null;
}

export function allocationRecordOf(row: AllocationRow): AllocationRecord {
  return {
    experimentId: row.experiment_id,
    version: row.version,
    trafficAllocation: row.traffic_allocation,
    maxTrafficAllocation: row.max_traffic_allocation,
    runs: runsOfJson(row.runs as RunJson[]),
    weights: row.weights as readonly VariantWeight[],
    previousWeights: row.previous_weights as readonly VariantWeight[],
    probabilityBest: row.probability_best as readonly VariantProbability[],
    period: row.period,
    cause: row.cause as AllocationCause,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

export function allocationColumns(record: AllocationRecord): Columns {
  return {
    experiment_id: record.experimentId,
    version: record.version,
    traffic_allocation: record.trafficAllocation,
    max_traffic_allocation: record.maxTrafficAllocation,
    runs: JSON.stringify(runsJson(record.runs)),
    weights: JSON.stringify(record.weights),
    previous_weights: JSON.stringify(record.previousWeights),
    probability_best: JSON.stringify(record.probabilityBest),
    period: record.period,
    cause: record.cause,
    started_at: record.startedAt,
    ended_at: record.endedAt,
  };
}

export interface EvaluationRow {
  readonly experiment_id: string;
  readonly sequence: number;
  readonly at: Date;
  readonly result: unknown;
}

/** What the column `evaluation.result` holds. */
interface EvaluationJson extends Pick<EvaluationRecord, 'result' | 'input'> {
  readonly provenance: Omit<EvaluationRecord['provenance'], 'watermark'> & { readonly watermark: string };
}

/** @param experimentKey of the evaluation's experiment, which the row does not hold */
export function evaluationOf(row: EvaluationRow, experimentKey: string): EvaluationRecord {
  const { result, input, provenance } = row.result as EvaluationJson;
  return {
    experimentId: row.experiment_id,
    experimentKey,
    sequence: row.sequence,
    at: row.at,
    result,
    input,
    provenance: { ...provenance, watermark: new Date(provenance.watermark) },
  };
}

export function evaluationColumns(record: EvaluationRecord): Columns {
  const { result, input, provenance } = record;
  const json: EvaluationJson = { result, input, provenance: { ...provenance, watermark: provenance.watermark.toISOString() } };
  return {
    experiment_id: record.experimentId,
    sequence: record.sequence,
    at: record.at,
    final: result.final,
    result: JSON.stringify(json),
  };
}
