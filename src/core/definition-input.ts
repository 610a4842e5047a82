import type {
  BanditSettings,
  EvaluationPlan,
  ExperimentDesign,
  GuardrailAction,
  HashStrategy,
  MetricDirection,
  MetricType,
  RampStep,
  RollbackSettings,
  SwitchbackSettings,
} from './experiment.js';
import type { Targeting } from './targeting.js';

/** A definition as people write it, in the members of `CreateExperimentInput`; what is stored is `Definition`. */

export interface VariantInput {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly weight: number;
  readonly isControl: boolean;
  readonly payload?: unknown;
}

export interface MetricInput {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly type: MetricType;
  readonly direction: MetricDirection;
  readonly windowHours?: number | null | undefined;
  readonly denominator?: string | null | undefined;
  readonly cap?: number | null | undefined;
  readonly cuped: boolean;
}

export interface GuardrailInput extends Omit<MetricInput, 'cuped'> {
  readonly threshold: number;
  readonly action: GuardrailAction;
}

export interface MetricsInput {
  readonly primary: MetricInput;
  readonly secondary: readonly MetricInput[];
  readonly guardrails: readonly GuardrailInput[];
}

export interface EvaluationPlanInput extends Omit<EvaluationPlan, 'horizonUnits' | 'minimumEffect' | 'lossThreshold'> {
  readonly horizonUnits?: number | null | undefined;
  readonly minimumEffect?: number | null | undefined;
  readonly lossThreshold?: number | null | undefined;
}

/** A whole experiment as it is handed over: members with a default are there, those without one may be absent or null. */
export interface DefinitionInput {
  readonly key: string;
  readonly name: string;
  readonly hypothesis?: string | null | undefined;
  readonly owner?: string | null | undefined;
  readonly tags: readonly string[];
  readonly design: ExperimentDesign;
  readonly hashKey: string;
  readonly hashStrategy: HashStrategy;
  readonly salt?: string | null | undefined;
  readonly exclusionGroup?: string | null | undefined;
  readonly trafficAllocation: number;
  readonly variants: readonly VariantInput[];
  readonly metrics: MetricsInput;
  readonly targeting?: Targeting | null | undefined;
  readonly evaluation?: EvaluationPlanInput | null | undefined;
  readonly bandit?: BanditSettings | null | undefined;
  readonly rollback?: RollbackSettings | null | undefined;
  readonly switchback?: SwitchbackSettings | null | undefined;
  readonly ramp: readonly RampStep[];
}
