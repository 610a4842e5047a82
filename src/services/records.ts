import type { AlertKind, AlertSeverity } from '../core/alert.js';
import type { Allocation, AllocationCause, VariantWeight } from '../core/allocation.js';
import type { ApiKeyScope } from '../core/api-key.js';
import type { ArmSums, Comparison, Decision, EvaluationInput, EvaluationResult, SegmentSums, VersionUnits } from '../core/evaluation.js';

/** What the stores keep beside experiments, as the services hand it on. */

/** A version of the allocation as history keeps it. */
export interface AllocationRecord extends Allocation {
  readonly experimentId: string;
  readonly endedAt: Date | null;
  readonly previousWeights: readonly VariantWeight[];
  readonly probabilityBest: readonly VariantProbability[];
}

export interface VariantProbability {
  readonly variant: string;
  readonly probability: number;
}

/** A judgement as it was stored. */
export interface EvaluationRecord {
  readonly experimentId: string;
  readonly experimentKey: string;
  /** 1, 2, 3 and so on without a gap. */
  readonly sequence: number;
  readonly at: Date;
  readonly result: EvaluationResult;
  /** All that went into it: computing it again gives the same bits. */
  readonly input: StoredEvaluationInput;
  readonly provenance: {
    readonly planHash: string | null;
    readonly allocationVersions: readonly number[];
    readonly watermark: Date;
    readonly engineVersion: string;
  };
}

/** The evaluation's input but the definition, which is registered with the plan. */
export type StoredEvaluationInput = Omit<EvaluationInput, 'definition' | 'previous'>;

export interface AlertRecord {
  readonly id: string;
  readonly experimentId: string;
  readonly experimentKey: string;
  readonly sequence: number;
  readonly at: Date;
  readonly resolvedAt: Date | null;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly message: string;
  readonly metric: string | null;
  readonly variant: string | null;
}

export interface AuditRecord {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly experimentKey: string | null;
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** A key without its secret. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly scope: ApiKeyScope;
  readonly prefix: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Totals of one variant, all its periods together. */
export interface VariantCounts {
  readonly variant: string;
  readonly exposures: number;
  readonly conversions: number;
  readonly events: number;
  readonly metrics: readonly { readonly metric: string; readonly units: number; readonly events: number; readonly total: number }[];
}

export interface CountsRecord {
  readonly experimentId: string;
  readonly experimentKey: string;
  readonly at: Date;
  readonly variants: readonly VariantCounts[];
  readonly botEvents: number;
  readonly mismatchedUnits: number;
}

/** Sums as evaluator, bandit and guardrails read them. */
export interface Sums {
  readonly versions: readonly (VersionUnits & { readonly period: number })[];
  readonly arms: readonly ArmSums[];
}

/** Sums by registered segment, and all of them together at the same moment. */
export interface SegmentedSums {
  readonly arms: readonly ArmSums[];
  readonly segments: readonly SegmentSums[];
}

/** The weights from one time on. */
export interface WeightsPoint {
  readonly version: number;
  readonly at: Date;
  readonly cause: AllocationCause;
  readonly trafficAllocation: number;
  readonly weights: readonly VariantWeight[];
}

/** One comparison of one stored evaluation. */
export interface EffectRecord {
  readonly sequence: number;
  readonly at: Date;
  readonly decision: Decision;
  readonly comparison: Comparison;
}

/** Units of a variant that came to be counted between two points of a chart. */
export interface CountStep {
  /** Position of the later point among the times of the steps. */
  readonly point: number;
  readonly variant: string;
  readonly exposures: number;
  readonly conversions: number;
}
