import type { Allocation } from './allocation.js';
import type { Targeting } from './targeting.js';

/** What an experiment is. Words and members are those of the API; see docs and `schema.graphql` for what each means. */

export const experimentStatuses = ['DRAFT', 'DRY_RUN', 'RUNNING', 'PAUSED', 'STOPPED', 'ROLLED_BACK', 'ARCHIVED'] as const;
export type ExperimentStatus = (typeof experimentStatuses)[number];

export const experimentDesigns = ['AB_TEST', 'BANDIT', 'CLUSTER', 'CANARY', 'SWITCHBACK'] as const;
export type ExperimentDesign = (typeof experimentDesigns)[number];

export const hashStrategies = ['CONSISTENT_HASH', 'GROWTHBOOK_V2'] as const;
export type HashStrategy = (typeof hashStrategies)[number];

export const metricTypes = ['CONVERSION', 'COUNT', 'CONTINUOUS', 'RATIO'] as const;
export type MetricType = (typeof metricTypes)[number];

export const metricDirections = ['INCREASE', 'DECREASE'] as const;
export type MetricDirection = (typeof metricDirections)[number];

export const metricRoles = ['PRIMARY', 'SECONDARY', 'GUARDRAIL'] as const;
export type MetricRole = (typeof metricRoles)[number];

export const guardrailActions = ['ROLLBACK', 'PAUSE', 'ALERT'] as const;
export type GuardrailAction = (typeof guardrailActions)[number];

export const evaluationMethods = ['ALWAYS_VALID', 'GROUP_SEQUENTIAL', 'FREQUENTIST_T_TEST', 'SPRT', 'BAYESIAN'] as const;
export type EvaluationMethod = (typeof evaluationMethods)[number];

export const spendingFunctions = ['OBRIEN_FLEMING', 'POCOCK'] as const;
export type SpendingFunction = (typeof spendingFunctions)[number];

export const corrections = ['NONE', 'BONFERRONI', 'HOLM', 'BENJAMINI_HOCHBERG'] as const;
export type Correction = (typeof corrections)[number];

export const rollbackConditions = ['GUARDRAIL_BREACH', 'SRM_DETECTED'] as const;
export type RollbackCondition = (typeof rollbackConditions)[number];

export interface VariantDefinition {
  readonly key: string;
  readonly name: string | null;
  /** Share of included units at the start, in [0, 1]. */
  readonly weight: number;
  readonly isControl: boolean;
  readonly payload: unknown;
}

export interface MetricDefinition {
  readonly key: string;
  readonly name: string | null;
  readonly type: MetricType;
  readonly direction: MetricDirection;
  readonly role: MetricRole;
  /** Guardrails: the most harm that is tolerated, absolute, in the metric's unit. */
  readonly threshold: number | null;
  readonly action: GuardrailAction | null;
  /** Hours after first exposure in which events count; null: as long as the experiment runs. */
  readonly windowHours: number | null;
  /** RATIO: key of the metric below the line. */
  readonly denominator: string | null;
  /** A unit's value above it is taken as it. */
  readonly cap: number | null;
  readonly cuped: boolean;
}

export interface EvaluationPlan {
  readonly method: EvaluationMethod;
  readonly alpha: number;
  readonly power: number;
  readonly correction: Correction;
  /** Most looks, for FREQUENTIST_T_TEST and GROUP_SEQUENTIAL alone. */
  readonly maxPeeks: number;
  readonly spending: SpendingFunction;
  /** Units a variant below which nothing is decided. */
  readonly minSampleSize: number;
  /** Units in all variants together at the planned final test. */
  readonly horizonUnits: number | null;
  /** Relative change of the primary metric that matters. */
  readonly minimumEffect: number | null;
  readonly lossThreshold: number | null;
  /** Cron in UTC, `daily_HHMM_utc`, `hourly` or `every_<N>s`. */
  readonly schedule: string;
  readonly segments: readonly string[];
}

export interface BanditSettings {
  readonly intervalSeconds: number;
  readonly minWeight: number;
  readonly maxWeight: number;
  /** Share of the previous weights kept at an update. */
  readonly smoothing: number;
  readonly minUnitsPerArm: number;
  readonly burnInSeconds: number;
  readonly explorationDecay: number;
}

export interface RollbackSettings {
  readonly enabled: boolean;
  readonly conditions: readonly RollbackCondition[];
  readonly autoDeploy: boolean;
}

export interface SwitchbackSettings {
  readonly windowSeconds: number;
  readonly burnInSeconds: number;
}

export interface RampStep {
  readonly trafficAllocation: number;
  readonly holdSeconds: number;
}

/** What a person defines; everything that `createExperiment` takes, with its defaults filled in. */
export interface Definition {
  readonly key: string;
  readonly name: string;
  readonly hypothesis: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly design: ExperimentDesign;
  /** `userId`, `deviceId`, `tenantId` or the name of an attribute. */
  readonly hashKey: string;
  readonly hashStrategy: HashStrategy;
  readonly salt: string;
  readonly exclusionGroup: string | null;
  readonly trafficAllocation: number;
  /** In order; exactly one is the control. */
  readonly variants: readonly VariantDefinition[];
  /** The primary first, then secondary, then guardrails. */
  readonly metrics: readonly MetricDefinition[];
  readonly targeting: Targeting;
  readonly evaluation: EvaluationPlan;
  /** Null unless the design is BANDIT. */
  readonly bandit: BanditSettings | null;
  readonly rollback: RollbackSettings;
  readonly switchback: SwitchbackSettings | null;
  readonly ramp: readonly RampStep[];
}

export interface Override {
  readonly unitId: string;
  readonly variant: string;
}

/** The range of an exclusion group that an experiment holds. */
export interface Exclusion {
  readonly group: string;
  readonly start: number;
  readonly end: number;
}

/** An experiment as it is: its definition and all that has happened to it, results excepted. */
export interface Experiment {
  /** UUID, never changes. */
  readonly id: string;
  readonly definition: Definition;
  readonly status: ExperimentStatus;
  /** Grows with each change by a person or a rule to definition, status, weights, toggles or overrides. */
  readonly revision: number;
  /** Grows with every stored change, a bandit's moves included: what announcements and instances compare. */
  readonly version: number;
  /** The allocation in force; null before the start. */
  readonly allocation: Allocation | null;
  /** Keys of variants that are switched off. */
  readonly disabledVariants: readonly string[];
  readonly overrides: readonly Override[];
  readonly exclusion: Exclusion | null;
  readonly banditHaltedAt: Date | null;
  /** When a halted bandit was last set going again; what happened before halts it no more. */
  readonly banditResumedAt: Date | null;
  /** SHA-256 of the registered plan, fixed at the start. */
  readonly planHash: string | null;
  readonly looksUsed: number;
  readonly shippedVariant: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it first ran; null before, and for a dry run. */
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** The one variant that the others are compared with. */
export function controlOf(definition: Definition): VariantDefinition {
  const control = definition.variants.find((variant) => variant.isControl);
  if (!control) throw new Error(`experiment ${definition.key} has no control`);
  return control;
}

/** Planned share of the variant that gets the fewest units, of those that get any. */
export function smallestShareOf({ variants }: { readonly variants: readonly { readonly weight: number }[] }): number {
  return Math.min(...variants.map(({ weight }) => weight).filter((weight) => weight > 0));
}

/** The metric that decides. */
export function primaryMetricOf(definition: Definition): MetricDefinition {
  const primary = definition.metrics.find((metric) => metric.role === 'PRIMARY');
  if (!primary) throw new Error(`experiment ${definition.key} has no primary metric`);
  return primary;
}
