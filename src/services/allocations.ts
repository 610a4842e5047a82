import { type AllocationCause, enrolledSlots, toSlots, type VariantWeight } from '../core/allocation.js';
import { weightTolerance } from '../core/definition-check.js';
import { type Problem, refusal, refuseIfAny } from '../core/errors.js';
import { extendRange } from '../core/exclusion.js';
import type { Experiment } from '../core/experiment.js';
import { checkTransition, type ExperimentAction } from '../core/lifecycle.js';
import { boundsOf, coverageOf, nextAllocation, toggledWeights } from '../core/reallocation.js';
import { idFault } from '../core/unit.js';
import type { Change, Changer, ExperimentPayload } from './change.js';
import type { Command } from './ports.js';
import type { VariantProbability } from './records.js';
import { growthWarnings } from './validation.js';

/** Who gets what: weights, traffic share, variants off and on, and units whose variant is forced. */

/** Share of eligible units in a dry run. */
export const dryRunTraffic = 0.01;

export const maxOverrides = 1_000;

export interface Reallocation {
  /** In the experiment's order, zero for a disabled variant; left out: as they are. */
  readonly weights?: readonly number[];
  readonly trafficAllocation?: number;
  readonly cause: AllocationCause;
  readonly probabilityBest?: readonly VariantProbability[];
  /** The period of a new analysis; left out: the present one goes on until it holds enough. */
  readonly period?: number;
}

/** Puts the next version of an allocation in force; the experiment is still to be saved. */
export async function reallocate(change: Change, experiment: Experiment, step: Reallocation): Promise<Experiment> {
  const { definition, allocation: previous } = experiment;
  if (!previous) throw new Error(`experiment ${definition.key} has no allocation`);
  const period = step.period ?? (step.weights ? await nextPeriod(change, experiment) : previous.period);
  const { weights, trafficAllocation, cause } = step;
  // Whoever sets them, weights keep a bandit's bounds as they are stored; where too few variants are left the bounds give way.
  const bounds = boundsOf(definition);
  const coverage = coverageOf(definition);
  const allocation = nextAllocation({ previous, weights, trafficAllocation, cause, bounds, coverage, period, at: change.at });
  await change.allocate({
    ...allocation,
    experimentId: experiment.id,
    endedAt: null,
    previousWeights: previous.weights,
    probabilityBest: step.probabilityBest ?? [],
  });
  return { ...experiment, allocation };
}

const unitsPerPeriod = 100;

/**
 * A period ends with the first move after every arm has enough units to be compared within it; until then versions are analysed together.
 * The analysis merges those that hold too few conversions: it can merge, but not part, what weights and a base rate moved through at once.
 */
async function nextPeriod(change: Change, experiment: Experiment): Promise<number> {
  const { id, definition, disabledVariants, allocation } = experiment;
  const period = allocation?.period ?? 1;
  // The dry run's period never ends by size: only the start ends it.
  if (period === 0) return period;
  const units = await change.transaction.periodUnits(id, period);
  const isFull = (variant: string): boolean => (units.get(variant) ?? 0) >= unitsPerPeriod;
  return definition.variants.every(({ key }) => disabledVariants.includes(key) || isFull(key)) ? period + 1 : period;
}

/** Brings the share in force up to a new one of the definition; the experiment is still to be saved. @throws GROUP_FULL */
export async function changeTraffic(change: Change, experiment: Experiment, trafficAllocation: number): Promise<Experiment> {
  const { allocation, status, exclusion } = experiment;
  const isServed = status === 'DRY_RUN' || status === 'RUNNING' || status === 'PAUSED';
  if (!allocation || !isServed) return experiment;
  const share = status === 'DRY_RUN' ? Math.min(dryRunTraffic, trafficAllocation) : trafficAllocation;
  const held = exclusion ? await change.transaction.heldRanges(exclusion.group, experiment.id) : [];
  const extended = exclusion ? extendRange({ range: exclusion, width: trafficAllocation, held }) : null;
  const next = { ...experiment, exclusion: extended };
  return share === allocation.trafficAllocation ? next : reallocate(change, next, { trafficAllocation: share, cause: 'MANUAL' });
}

export type Allocations = ReturnType<typeof createAllocations>;

export function createAllocations({ changer }: { readonly changer: Changer }) {
  type Step = (change: Change, before: Experiment) => Promise<Experiment>;

  /** Locks, checks the status, changes and saves; nothing is saved when the step leaves the experiment as it is. */
  function changing(command: Command, key: string, action: ExperimentAction, expectedRevision: number | null, step: Step) {
    return changer.run(command, async (change): Promise<ExperimentPayload> => {
      const before = await change.lock(key, expectedRevision);
      checkTransition(before, action);
      const after = await step(change, before);
      if (after === before) return { experiment: before, warnings: [] };
      return { experiment: await change.save(before, after), warnings: await growthWarnings(change, before, after) };
    });
  }

  return {
    /** @throws WEIGHTS_DO_NOT_SUM_TO_ONE, WEIGHT_OUT_OF_RANGE, VARIANT_NOT_FOUND, all at once */
    setWeights(command: Command, key: string, weights: readonly VariantWeight[], expectedRevision: number | null) {
      return changing(command, key, 'SET_WEIGHTS', expectedRevision, async (change, before) => {
        refuseIfAny(weightProblems(before, weights));
        const { definition, allocation } = before;
        const share = new Map(weights.map(({ variant, weight }) => [variant, weight]));
        const next = definition.variants.map((variant) => share.get(variant.key) ?? 0);
        if (before.status === 'DRAFT') {
          const variants = definition.variants.map((variant, i) => ({ ...variant, weight: next[i] ?? 0 }));
          const isSame = definition.variants.every((variant, i) => variant.weight === next[i]);
          return isSame ? before : { ...before, definition: { ...definition, variants } };
        }
        const total = allocation ? enrolledSlots(allocation.runs) : 0;
        const slots = total > 0 ? toSlots(next, boundsOf(definition), total) : [];
        if (total > 0 && allocation?.weights.every(({ weight }, i) => weight === (slots[i] ?? 0) / total)) return before;
        return reallocate(change, before, { weights: next, cause: 'MANUAL' });
      });
    },

    /** @throws INVALID_RANGE, GROUP_FULL */
    setTrafficAllocation(command: Command, key: string, trafficAllocation: number, expectedRevision: number | null) {
      if (!(trafficAllocation >= 0 && trafficAllocation <= 1)) {
        const message = `trafficAllocation must be in [0, 1]; received ${trafficAllocation}.`;
        throw refusal('INVALID_RANGE', message, ['trafficAllocation'], trafficAllocation);
      }
      return changing(command, key, 'SET_TRAFFIC_ALLOCATION', expectedRevision, async (change, before) => {
        if (before.definition.trafficAllocation === trafficAllocation) return before;
        const next = { ...before, definition: { ...before.definition, trafficAllocation } };
        return changeTraffic(change, next, trafficAllocation);
      });
    },

    /** @throws VARIANT_NOT_FOUND; INVALID_TRANSITION for the control, which stays on */
    toggleVariant(command: Command, key: string, variant: string, enabled: boolean, expectedRevision: number | null) {
      return changing(command, key, 'TOGGLE_VARIANT', expectedRevision, async (change, before) => {
        const { definition, disabledVariants, allocation } = before;
        const found = variantOf(before, variant, ['variant']);
        if (found.isControl && !enabled) {
          throw refusal('INVALID_TRANSITION', `"${variant}" is the control, which stays on.`, ['variant'], variant);
        }
        if (disabledVariants.includes(variant) !== enabled) return before;
        const disabled = enabled ? disabledVariants.filter((other) => other !== variant) : [...disabledVariants, variant];
        const weights = toggledWeights({ definition, weights: allocation?.weights ?? [], disabled, variant });
        return reallocate(change, { ...before, disabledVariants: disabled }, { weights, cause: 'TOGGLE' });
      });
    },

    /** @param variant null removes the override. @throws INVALID_ID, VARIANT_NOT_FOUND, INVALID_RANGE past 1,000 */
    setOverride(command: Command, key: string, unitId: string, variant: string | null) {
      const fault = idFault(unitId);
      if (fault) throw refusal('INVALID_ID', `unitId ${fault}.`, ['unitId'], unitId);
      return changer.run(command, async (change): Promise<ExperimentPayload> => {
        const before = await change.lock(key);
        if (before.status === 'ARCHIVED') {
          throw refusal('INVALID_TRANSITION', `"${key}" is ARCHIVED, and overrides are no longer served.`, ['key'], 'ARCHIVED');
        }
        if (variant !== null) variantOf(before, variant, ['variant']);
        const known = before.overrides.find((override) => override.unitId === unitId);
        if ((known?.variant ?? null) === variant) return { experiment: before, warnings: [] };
        const others = before.overrides.filter((override) => override.unitId !== unitId);
        const overrides = variant === null ? others : [...others, { unitId, variant }];
        if (overrides.length > maxOverrides) {
          throw refusal('INVALID_RANGE', `An experiment has at most ${maxOverrides} overrides.`, ['unitId'], overrides.length);
        }
        const experiment = await change.save(before, { ...before, overrides });
        if (variant !== null) await change.transaction.excludeUnit(before.id, before.definition.hashKey, unitId, change.now);
        return { experiment, warnings: [] };
      });
    },
  };
}

/** The variant of a key. @throws VARIANT_NOT_FOUND naming those that there are */
export function variantOf({ definition }: Experiment, key: string, path: readonly string[]) {
  const variant = definition.variants.find((candidate) => candidate.key === key);
  if (variant) return variant;
  const keys = definition.variants.map((candidate) => `"${candidate.key}"`).join(', ');
  throw refusal('VARIANT_NOT_FOUND', `No variant "${key}"; there are ${keys}.`, path, key);
}

function weightProblems({ definition, disabledVariants }: Experiment, weights: readonly VariantWeight[]): Problem[] {
  const problems: Problem[] = [];
  const enabled = definition.variants.map(({ key }) => key).filter((key) => !disabledVariants.includes(key));
  const seen = new Set<string>();
  const { minWeight: min, maxWeight: max } = definition.bandit ?? { minWeight: 0, maxWeight: 1 };
  weights.forEach(({ variant, weight }, i) => {
    const path = ['weights', String(i)];
    if (!enabled.includes(variant)) {
      const message = `No enabled variant "${variant}"; there are ${enabled.join(', ')}.`;
      problems.push({ code: 'VARIANT_NOT_FOUND', message, path: [...path, 'variant'], received: variant });
    }
    if (seen.has(variant)) {
      problems.push({ code: 'DUPLICATE_KEY', message: `"${variant}" is there twice.`, path: [...path, 'variant'], received: variant });
    }
    seen.add(variant);
    if (!(weight >= min - weightTolerance && weight <= max + weightTolerance)) {
      const message = `The weight must be in [${min}, ${max}]; received ${weight}.`;
      problems.push({ code: 'WEIGHT_OUT_OF_RANGE', message, path: [...path, 'weight'], received: weight });
    }
  });
  const missing = enabled.filter((key) => !seen.has(key));
  if (missing.length > 0) {
    problems.push({ code: 'BAD_USER_INPUT', message: `Weights are missing for ${missing.join(', ')}.`, path: ['weights'] });
  }
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  if (!(Math.abs(sum - 1) <= weightTolerance)) {
    problems.push({
      code: 'WEIGHTS_DO_NOT_SUM_TO_ONE',
      message: `Weights must sum to 1; received ${sum}.`,
      path: ['weights'],
      received: sum,
    });
  }
  return problems;
}
