import type { Allocation, ServedAllocation } from './allocation.js';
import { controlOf, type Exclusion, type Experiment, type ExperimentStatus, type HashStrategy, type Override } from './experiment.js';
import { experimentPrefix } from './hash.js';
import { type CompiledTargeting, parseTargeting, type Targeting } from './targeting.js';

export interface CompiledVariant {
  readonly key: string;
  readonly payload: unknown;
  readonly enabled: boolean;
}

/** An experiment made ready to assign by; never changes. */
export interface CompiledExperiment<A extends ServedAllocation = ServedAllocation> {
  readonly id: string;
  readonly key: string;
  readonly status: ExperimentStatus;
  readonly hashStrategy: HashStrategy;
  readonly hashKey: string;
  /** What the hashed text begins with: {@link experimentPrefix}, or the bare salt under GROWTHBOOK_V2. */
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
  readonly allocation: A | null;
}

/** What an experiment is compiled from, wherever it was read. */
export interface CompilableExperiment<A extends ServedAllocation>
  extends Pick<CompiledExperiment<A>, 'id' | 'key' | 'status' | 'hashStrategy' | 'hashKey' | 'variants' | 'exclusion' | 'allocation'> {
  readonly salt: string;
  readonly targeting: Targeting;
  /** Key of the control. */
  readonly control: string;
  readonly shippedVariant: string | null;
  readonly overrides: readonly Override[];
}

/** A predicate that no unit satisfies: no fact is the empty list of values. */
const nobody: CompiledTargeting = { include: [{ name: 'userId', operator: ':', values: new Set() }], exclude: [] };

/** Makes an experiment ready; to be done once for each change of it. */
export function compile(experiment: Experiment): CompiledExperiment<Allocation> {
  const { id, definition, status, disabledVariants, shippedVariant, overrides, exclusion, allocation } = experiment;
  const { key, hashStrategy, hashKey, salt, targeting } = definition;
  const variants = definition.variants.map((variant) => ({
    key: variant.key,
    payload: variant.payload ?? null,
    enabled: !disabledVariants.includes(variant.key),
  }));
  const control = controlOf(definition).key;
  const parts = { id, key, status, hashStrategy, hashKey, salt, targeting, variants, control, shippedVariant, overrides, exclusion };
  return compileParts({ ...parts, allocation });
}

/** The same from its parts, for those who do not hold the whole experiment. */
export function compileParts<A extends ServedAllocation>(parts: CompilableExperiment<A>): CompiledExperiment<A> {
  const { id, key, status, hashStrategy, hashKey, salt, variants, exclusion, allocation } = parts;
  const targeting = parseTargeting(parts.targeting);
  const positions = new Map(variants.map((variant, position) => [variant.key, position]));
  const known = (override: Override): [string, number][] => {
    const position = positions.get(override.variant);
    return position === undefined ? [] : [[override.unitId, position]];
  };
  return {
    id,
    key,
    status,
    hashStrategy,
    hashKey,
    prefix: hashStrategy === 'GROWTHBOOK_V2' ? salt : experimentPrefix({ salt, experimentKey: key }),
    // Definitions are checked before they are stored. One that cannot be read all the same was written by a newer release: better nobody than everybody.
    targeting: targeting.ok ? targeting.compiled : nobody,
    variants,
    positions,
    control: positions.get(parts.control) ?? 0,
    shipped: parts.shippedVariant === null ? null : (positions.get(parts.shippedVariant) ?? null),
    overrides: new Map(parts.overrides.flatMap(known)),
    exclusion,
    allocation,
  };
}
