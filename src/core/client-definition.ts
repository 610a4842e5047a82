import { isMoved, type ServedAllocation, type SlotRun } from './allocation.js';
import { type CompiledExperiment, type CompiledVariant, compileParts } from './compiled-experiment.js';
import {
  controlOf,
  type Exclusion,
  type Experiment,
  type ExperimentStatus,
  type HashStrategy,
  type Override,
  type SwitchbackSettings,
} from './experiment.js';
import type { Targeting } from './targeting.js';

/** Neighbouring slots that are alike to a client. */
export interface ClientSlots {
  /** From 0. */
  readonly start: number;
  /** The slot after the last, up to 10,000. */
  readonly end: number;
  /** Key of the variant that is served there; null where nobody is enrolled. */
  readonly variant: string | null;
  /** Whether units there may be bound to another variant than this, or bound although nobody is enrolled: only the server can tell. */
  readonly moved: boolean;
}

/**
 * An experiment as clients get it, in the members of the API: all that it takes to assign in memory exactly as the server does, and nothing
 * else. The ids of units are in it where a variant is forced on them, and nowhere else.
 */
export interface ClientDefinition {
  readonly key: string;
  readonly status: ExperimentStatus;
  readonly allocationVersion: number;
  readonly hashStrategy: HashStrategy;
  readonly hashKey: string;
  readonly salt: string;
  readonly trafficAllocation: number;
  /** Units between the two shares may be bound: only the server can tell. */
  readonly maxTrafficAllocation: number;
  readonly exclusion: Exclusion | null;
  readonly targeting: Targeting;
  readonly slots: readonly ClientSlots[];
  /** Key of the control. */
  readonly control: string;
  readonly variants: readonly CompiledVariant[];
  readonly overrides: readonly Override[];
  readonly switchback: SwitchbackSettings | null;
  readonly shippedVariant: string | null;
}

/** What clients get of an experiment; null when they get nothing, for it is a draft or archived. */
export function clientDefinitionOf(experiment: Experiment): ClientDefinition | null {
  const { definition, status, allocation, exclusion, overrides, shippedVariant, disabledVariants } = experiment;
  if (status === 'DRAFT' || status === 'ARCHIVED' || !allocation) return null;
  const { key, hashStrategy, hashKey, salt, targeting, switchback, variants } = definition;
  return {
    key,
    status,
    allocationVersion: allocation.version,
    hashStrategy,
    hashKey,
    salt,
    trafficAllocation: allocation.trafficAllocation,
    maxTrafficAllocation: allocation.maxTrafficAllocation,
    exclusion,
    targeting,
    slots: slotsOf(
      allocation.runs,
      variants.map((variant) => variant.key),
    ),
    control: controlOf(definition).key,
    variants: variants.map((variant) => ({
      key: variant.key,
      payload: variant.payload ?? null,
      enabled: !disabledVariants.includes(variant.key),
    })),
    overrides,
    switchback,
    shippedVariant,
  };
}

/** Makes a definition ready for `decide`, on a client. Look-ups that it asks for name the experiment by its key, for clients know no id. */
export function compileClientDefinition(definition: ClientDefinition): CompiledExperiment {
  const positions = new Map(definition.variants.map(({ key }, position) => [key, position]));
  const allocation: ServedAllocation = {
    version: definition.allocationVersion,
    trafficAllocation: definition.trafficAllocation,
    maxTrafficAllocation: definition.maxTrafficAllocation,
    runs: definition.slots.map((slots) => runOf(slots, positions)),
  };
  return compileParts({ ...definition, id: definition.key, allocation });
}

/** Which variants a slot was served before is the server's knowledge; of those that moved a client knows no more than that they did. */
const servedToSeveral = 0b11;

function runOf({ end, variant, moved }: ClientSlots, positions: ReadonlyMap<string, number>): SlotRun {
  const position = variant === null ? null : (positions.get(variant) ?? null);
  return { end, variant: position, served: moved ? servedToSeveral : position === null ? 0 : 1 << position };
}

/** Runs that differ only in what a client is not told are one. */
function slotsOf(runs: readonly SlotRun[], keys: readonly string[]): ClientSlots[] {
  const slots: ClientSlots[] = [];
  let start = 0;
  for (const run of runs) {
    const variant = run.variant === null ? null : (keys[run.variant] ?? null);
    const moved = run.variant === null ? run.served !== 0 : isMoved(run.served);
    const last = slots.at(-1);
    if (last && last.variant === variant && last.moved === moved) slots[slots.length - 1] = { ...last, end: run.end };
    else slots.push({ start, end: run.end, variant, moved });
    start = run.end;
  }
  return slots;
}
