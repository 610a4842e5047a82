import { defaultBandit, defaultEvaluation, defaultRollback } from '../../core/definition.js';

/**
 * What the form holds: the members of `CreateExperimentInput` under the same names, so that the path of a problem is the path of a field.
 * Texts are never null, an empty one is left out of the input; a number may be `''` while its field is empty.
 */

export type MaybeNumber = number | '';

export interface VariantValues {
  readonly key: string;
  readonly name: string;
  readonly weight: MaybeNumber;
  readonly isControl: boolean;
  /** JSON text; empty: none. */
  readonly payload: string;
}

export interface MetricValues {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly direction: string;
  readonly windowHours: MaybeNumber;
  readonly denominator: string;
  readonly cap: MaybeNumber;
  readonly cuped: boolean;
}

export interface GuardrailValues extends Omit<MetricValues, 'cuped'> {
  readonly threshold: MaybeNumber;
  readonly action: string;
}

export interface FormValues {
  readonly key: string;
  readonly name: string;
  readonly hypothesis: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly design: string;
  readonly hashKey: string;
  readonly hashStrategy: string;
  readonly salt: string;
  readonly exclusionGroup: string;
  readonly trafficAllocation: MaybeNumber;
  readonly variants: readonly VariantValues[];
  readonly targeting: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly metrics: {
    readonly primary: MetricValues;
    readonly secondary: readonly MetricValues[];
    readonly guardrails: readonly GuardrailValues[];
  };
  readonly evaluation: {
    readonly method: string;
    readonly alpha: MaybeNumber;
    readonly power: MaybeNumber;
    readonly correction: string;
    readonly maxPeeks: MaybeNumber;
    readonly spending: string;
    readonly minSampleSize: MaybeNumber;
    readonly horizonUnits: MaybeNumber;
    readonly minimumEffect: MaybeNumber;
    readonly lossThreshold: MaybeNumber;
    readonly schedule: string;
    readonly segments: readonly string[];
  };
  readonly bandit: {
    readonly intervalSeconds: MaybeNumber;
    readonly minWeight: MaybeNumber;
    readonly maxWeight: MaybeNumber;
    readonly smoothing: MaybeNumber;
    readonly minUnitsPerArm: MaybeNumber;
    readonly burnInSeconds: MaybeNumber;
    readonly explorationDecay: MaybeNumber;
  };
  readonly rollback: { readonly enabled: boolean; readonly conditions: readonly string[]; readonly autoDeploy: boolean };
}

export const emptyVariant: VariantValues = { key: '', name: '', weight: 0, isControl: false, payload: '' };

export const emptyMetric: MetricValues = {
  key: '',
  name: '',
  type: 'CONVERSION',
  direction: 'INCREASE',
  windowHours: '',
  denominator: '',
  cap: '',
  cuped: false,
};

const { cuped: _, ...plainMetric } = emptyMetric;
export const emptyGuardrail: GuardrailValues = { ...plainMetric, direction: 'DECREASE', threshold: '', action: 'ROLLBACK' };

/** Two equal variants, and the defaults of the contract for all the rest. */
export const emptyValues: FormValues = {
  key: '',
  name: '',
  hypothesis: '',
  owner: '',
  tags: [],
  design: 'AB_TEST',
  hashKey: 'userId',
  hashStrategy: 'CONSISTENT_HASH',
  salt: '',
  exclusionGroup: '',
  trafficAllocation: 1,
  variants: [
    { ...emptyVariant, key: 'control', weight: 0.5, isControl: true },
    { ...emptyVariant, key: 'treatment', weight: 0.5 },
  ],
  targeting: { include: [], exclude: [] },
  metrics: { primary: emptyMetric, secondary: [], guardrails: [] },
  evaluation: { ...defaultEvaluation, horizonUnits: '', minimumEffect: '', lossThreshold: '' },
  bandit: defaultBandit,
  rollback: defaultRollback,
};

/** Whether each turn of the schedule uses up one of the planned looks. */
export function isMetered(method: string): boolean {
  return method === 'GROUP_SEQUENTIAL' || method === 'FREQUENTIST_T_TEST';
}

/** The schedule when a method has been chosen: the default's look a minute would use up metered looks at once, so they get one a day; any other stays. */
export function scheduleFor(method: string, schedule: string): string {
  return isMetered(method) && schedule === defaultEvaluation.schedule ? 'daily_0000_utc' : schedule;
}
