import { type Allocation, isMoved, runAt } from './allocation.js';
import type { CompiledExperiment } from './compiled-experiment.js';
import { isInRange } from './exclusion.js';
import { growthbookSlot } from './growthbook.js';
import { drawGroup, drawUnit, type Sha256 } from './hash.js';
import { isTargeted } from './targeting.js';
import { isBot, type Unit, unitIdOf } from './unit.js';

/** What a unit gets, and why: the order of the reasons and every byte that decides are in `docs/assignment.md`. */

export const assignmentReasons = [
  'SPLIT',
  'STICKY',
  'OVERRIDE',
  'SHIPPED',
  'NOT_RUNNING',
  'NOT_TARGETED',
  'VARIANT_DISABLED',
  'NOT_INCLUDED',
  'EXCLUDED',
  'NO_UNIT',
  'BOT',
  'NOT_FOUND',
  'FALLBACK',
] as const;
export type AssignmentReason = (typeof assignmentReasons)[number];

/** The answer for one unit in one experiment, in the members of the API. */
export interface Assignment {
  readonly experimentKey: string;
  /** Null only where nothing can be shown. */
  readonly variant: string | null;
  readonly payload: unknown;
  /** Whether an exposure may be recorded. */
  readonly inExperiment: boolean;
  readonly reason: AssignmentReason;
  readonly hashKey: string | null;
  readonly unitId: string | null;
  readonly allocationVersion: number | null;
  /** Left null here; the caller who records exposures tells it. */
  readonly exposureRecorded: boolean | null;
  /** Left null here; the caller who knows how fresh the definition is writes it in: a copy costs more than the decision. */
  asOf: Date | null;
}

/** An assignment that depends on the variant of the unit's first recorded exposure; `settle` ends it. */
export interface PendingAssignment {
  readonly lookup: { readonly experimentId: string; readonly unitId: string };
  readonly experiment: CompiledExperiment;
  /** Position of the variant that the unit's slot is served now. */
  readonly present: number;
  /** Whether the unit is within the present traffic share; one that is not stays only when it was exposed. */
  readonly included: boolean;
}

/** What is asked: the key matters where there is no experiment of it. */
export interface DecideOptions {
  readonly experimentKey: string;
  readonly sha256: Sha256;
}

/**
 * What a unit gets, or that it depends on the unit's first recorded exposure: look that up and `settle`.
 * Never throws for a unit that `checkUnit` finds well-formed.
 *
 * @param experiment undefined when there is none of that key
 */
export function decide(
  experiment: CompiledExperiment | undefined,
  unit: Unit,
  { experimentKey, sha256 }: DecideOptions,
): Assignment | PendingAssignment {
  if (!experiment) return nothingToShow(experimentKey, 'NOT_FOUND');
  const { allocation, status } = experiment;
  const unitId = unitIdOf(unit, experiment.hashKey);

  const forced = unitId === null || status === 'ARCHIVED' ? undefined : experiment.overrides.get(unitId);
  if (forced !== undefined) return answer(experiment, unitId, forced, 'OVERRIDE');
  if (isBot(unit)) return answer(experiment, unitId, experiment.control, 'BOT');
  if (status === 'STOPPED' && experiment.shipped !== null) return answer(experiment, unitId, experiment.shipped, 'SHIPPED');
  if ((status !== 'RUNNING' && status !== 'DRY_RUN') || !allocation) return answer(experiment, unitId, experiment.control, 'NOT_RUNNING');
  if (!isTargeted(experiment.targeting, unit)) return answer(experiment, unitId, experiment.control, 'NOT_TARGETED');
  if (unitId === null) return answer(experiment, unitId, experiment.control, 'NO_UNIT');

  const { slot, place } = placeOf(experiment, unitId, sha256);
  const run = runAt(allocation.runs, slot);
  const included = run.variant !== null && isWithin(experiment, place, allocation.trafficAllocation);
  const wasIncluded = run.served !== 0 && isWithin(experiment, place, allocation.maxTrafficAllocation);
  if (!included && !wasIncluded) return answer(experiment, unitId, experiment.control, outsideReason(experiment));

  const present = run.variant ?? experiment.control;
  if (included && !isMoved(run.served)) return answer(experiment, unitId, present, 'SPLIT');
  return { lookup: { experimentId: experiment.id, unitId }, experiment, present, included };
}

export function isPending(decision: Assignment | PendingAssignment): decision is PendingAssignment {
  return 'lookup' in decision;
}

/**
 * Ends an assignment that depended on the unit's first recorded exposure.
 *
 * @param recorded key of its variant; null when the unit was never exposed; UNKNOWN when the stores are away
 */
export function settle(
  { lookup, experiment, present, included }: PendingAssignment,
  recorded: string | null | typeof unknownExposure,
): Assignment {
  const { unitId } = lookup;
  if (recorded === unknownExposure) return answer(experiment, unitId, present, 'FALLBACK');
  const bound = recorded === null ? undefined : experiment.positions.get(recorded);
  if (bound !== undefined) return answer(experiment, unitId, bound, 'STICKY');
  if (included) return answer(experiment, unitId, present, 'SPLIT');
  return answer(experiment, unitId, experiment.control, outsideReason(experiment));
}

/** In place of a recorded variant while nobody can tell; upper case, so it is no key of a variant. */
export const unknownExposure = 'UNKNOWN';

/** The answer for an experiment that nothing is known of because the stores were never reached. */
export function fallback(experimentKey: string): Assignment {
  return nothingToShow(experimentKey, 'FALLBACK');
}

/**
 * Whether the server could have served a variant to a unit that it has not seen yet: by a version that the exposure names, or by any so far.
 *
 * @param version the version named; null: any version up to the present one
 * @returns false also before the start and for a variant that does not exist
 */
export function couldHaveServed(
  experiment: CompiledExperiment,
  {
    unitId,
    variant,
    version,
    sha256,
  }: {
    readonly unitId: string;
    readonly variant: string;
    readonly version: Pick<Allocation, 'runs' | 'trafficAllocation'> | null;
    readonly sha256: Sha256;
  },
): boolean {
  const { allocation } = experiment;
  const position = experiment.positions.get(variant);
  if (!allocation || position === undefined) return false;
  const { slot, place } = placeOf(experiment, unitId, sha256);
  if (!isWithin(experiment, place, version ? version.trafficAllocation : allocation.maxTrafficAllocation)) return false;
  const run = runAt((version ?? allocation).runs, slot);
  return version ? run.variant === position : (run.served & (1 << position)) !== 0;
}

/** Where a unit lies: its slot, and its place among those that a traffic share includes, in [0, 1). */
function placeOf({ exclusion, prefix, hashStrategy }: CompiledExperiment, unitId: string, sha256: Sha256): { slot: number; place: number } {
  // Under GROWTHBOOK_V2 the slots themselves say who is enrolled; there is no second draw.
  const isGrowthbook = hashStrategy === 'GROWTHBOOK_V2';
  const { slot, inclusion } = isGrowthbook ? { slot: growthbookSlot(prefix, unitId), inclusion: 0 } : drawUnit(prefix, unitId, sha256);
  return { slot, place: exclusion ? drawGroup(exclusion.group, unitId, sha256) : inclusion };
}

/** Whether a traffic share, the present one or the greatest so far, includes the place. */
function isWithin({ exclusion, hashStrategy }: CompiledExperiment, place: number, share: number): boolean {
  if (exclusion) return isInRange(exclusion, share, place);
  return hashStrategy === 'GROWTHBOOK_V2' || place < share;
}

function outsideReason(experiment: CompiledExperiment): AssignmentReason {
  return experiment.exclusion ? 'EXCLUDED' : 'NOT_INCLUDED';
}

function nothingToShow(experimentKey: string, reason: 'NOT_FOUND' | 'FALLBACK'): Assignment {
  return {
    experimentKey,
    variant: null,
    payload: null,
    inExperiment: false,
    reason,
    hashKey: null,
    unitId: null,
    allocationVersion: null,
    exposureRecorded: null,
    asOf: null,
  };
}

/** A variant that is switched off is never served to a unit of the experiment: it gets the control. */
function answer(experiment: CompiledExperiment, unitId: string | null, position: number, reason: AssignmentReason): Assignment {
  const isServed = reason === 'SPLIT' || reason === 'STICKY' || reason === 'FALLBACK';
  const isOff = isServed && experiment.variants[position]?.enabled === false;
  const variant = experiment.variants[isOff ? experiment.control : position];
  return {
    experimentKey: experiment.key,
    variant: variant?.key ?? null,
    payload: variant?.payload ?? null,
    inExperiment: !isOff && (reason === 'SPLIT' || reason === 'STICKY'),
    reason: isOff ? 'VARIANT_DISABLED' : reason,
    hashKey: experiment.hashKey,
    unitId,
    allocationVersion: experiment.allocation?.version ?? null,
    exposureRecorded: null,
    asOf: null,
  };
}
