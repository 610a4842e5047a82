import type { Allocation } from './allocation.js';
import { controlOf, type Exclusion, type Experiment, type ExperimentStatus } from './experiment.js';
import { experimentPrefix } from './hash.js';
import { type CompiledTargeting, parseTargeting } from './targeting.js';

export interface CompiledVariant {
  readonly key: string;
  readonly payload: unknown;
  readonly enabled: boolean;
}

/** An experiment made ready to assign by; never changes. */
export interface CompiledExperiment {
  readonly id: string;
  readonly key: string;
  readonly status: ExperimentStatus;
  readonly hashKey: string;
  /** What the hashed text begins with. */
  readonly prefix: string;
  readonly targeting: CompiledTargeting;
  /** In the experiment's order. */
  readonly variants: readonly CompiledVariant[];
  readonly positions: ReadonlyMap<string, number>;
  /** Position of the control. */
  readonly control: number;
  /** Position of the shipped variant. */
  readonly shipped: number | null;
  /** Position of the variant for units whose variant is forced. */
  readonly overrides: ReadonlyMap<string, number>;
  readonly exclusion: Exclusion | null;
  readonly allocation: Allocation | null;
}

/** A predicate that no unit satisfies: no fact is the empty list of values. */
const nobody: CompiledTargeting = { include: [{ name: 'userId', operator: ':', values: new Set() }], exclude: [] };

/** Makes an experiment ready; to be done once for each change of it. */
export function compile(experiment: Experiment): CompiledExperiment {
  const { definition, allocation } = experiment;
  const targeting = parseTargeting(definition.targeting);
  const positions = new Map(definition.variants.map((variant, position) => [variant.key, position]));
  const known = (override: { unitId: string; variant: string }): [string, number][] => {
    const position = positions.get(override.variant);
    return position === undefined ? [] : [[override.unitId, position]];
  };
  return {
    id: experiment.id,
    key: definition.key,
    status: experiment.status,
    hashKey: definition.hashKey,
    prefix: experimentPrefix({ salt: definition.salt, experimentKey: definition.key }),
    // Definitions are checked before they are stored. One that cannot be read all the same was written by a newer release: better nobody than everybody.
    targeting: targeting.ok ? targeting.compiled : nobody,
    variants: definition.variants.map(({ key, payload }) => ({
      key,
      payload: payload ?? null,
      enabled: !experiment.disabledVariants.includes(key),
    })),
    positions,
    control: positions.get(controlOf(definition).key) ?? 0,
    shipped: experiment.shippedVariant === null ? null : (positions.get(experiment.shippedVariant) ?? null),
    overrides: new Map(experiment.overrides.flatMap(known)),
    exclusion: experiment.exclusion,
    allocation,
  };
}
