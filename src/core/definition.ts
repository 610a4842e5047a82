import type { DefinitionInput, EvaluationPlanInput, MetricInput } from './definition-input.js';
import type { BanditSettings, Definition, EvaluationPlan, MetricDefinition, MetricRole, RollbackSettings } from './experiment.js';

/** The way from a definition as people write it to what is stored, and back. Checks are in `definition-check.ts`. */

/** What holds where `evaluation` is left out. */
export const defaultEvaluation: EvaluationPlan = {
  method: 'ALWAYS_VALID',
  alpha: 0.05,
  power: 0.8,
  correction: 'HOLM',
  maxPeeks: 5,
  spending: 'OBRIEN_FLEMING',
  minSampleSize: 100,
  horizonUnits: null,
  minimumEffect: null,
  lossThreshold: null,
  schedule: 'every_60s',
  segments: [],
};

/** What holds for a BANDIT where `bandit` is left out. */
export const defaultBandit: BanditSettings = {
  intervalSeconds: 60,
  minWeight: 0.05,
  maxWeight: 0.9,
  smoothing: 0.3,
  minUnitsPerArm: 100,
  burnInSeconds: 0,
  explorationDecay: 0.5,
};

/** What holds where `rollback` is left out. */
export const defaultRollback: RollbackSettings = { enabled: true, conditions: ['GUARDRAIL_BREACH', 'SRM_DETECTED'], autoDeploy: false };

/**
 * The definition that a checked input means: defaults filled in, the first variant made the control when none says so, metrics in one list.
 *
 * @param salt taken where the input names none
 */
export function normalise(input: DefinitionInput, { salt }: { readonly salt: string }): Definition {
  const noneIsControl = !input.variants.some((variant) => variant.isControl);
  const { primary, secondary, guardrails } = input.metrics;
  return {
    key: input.key,
    name: input.name,
    hypothesis: input.hypothesis ?? null,
    owner: input.owner ?? null,
    tags: [...input.tags],
    design: input.design,
    hashKey: input.hashKey,
    hashStrategy: input.hashStrategy,
    salt: input.salt ?? salt,
    exclusionGroup: input.exclusionGroup ?? null,
    trafficAllocation: input.trafficAllocation,
    variants: input.variants.map((variant, i) => ({
      key: variant.key,
      name: variant.name ?? null,
      weight: variant.weight,
      isControl: variant.isControl || (noneIsControl && i === 0),
      payload: variant.payload ?? null,
    })),
    metrics: [
      metricOf(primary, 'PRIMARY'),
      ...secondary.map((metric) => metricOf(metric, 'SECONDARY')),
      ...guardrails.map((guardrail) => ({
        ...metricOf({ ...guardrail, cuped: false }, 'GUARDRAIL'),
        threshold: guardrail.threshold,
        action: guardrail.action,
      })),
    ],
    targeting: { include: [...(input.targeting?.include ?? [])], exclude: [...(input.targeting?.exclude ?? [])] },
    evaluation: evaluationOf(input.evaluation ?? defaultEvaluation),
    bandit: input.design === 'BANDIT' ? banditOf(input.bandit ?? defaultBandit) : null,
    rollback: rollbackOf(input.rollback ?? defaultRollback),
    switchback: input.switchback ? { windowSeconds: input.switchback.windowSeconds, burnInSeconds: input.switchback.burnInSeconds } : null,
    ramp: input.ramp.map(({ trafficAllocation, holdSeconds }) => ({ trafficAllocation, holdSeconds })),
  };
}

/** The input that makes the same definition again: `normalise(definitionInput(d), ...)` equals `d`. */
export function definitionInput(definition: Definition): DefinitionInput {
  const ofRole = (role: MetricRole) => definition.metrics.filter((metric) => metric.role === role);
  const [primary, ...secondary] = [...ofRole('PRIMARY'), ...ofRole('SECONDARY')].map((metric) => ({
    ...labelOf(metric),
    cuped: metric.cuped,
  }));
  const guardrails = ofRole('GUARDRAIL').map((metric) => ({
    ...labelOf(metric),
    threshold: metric.threshold ?? 0,
    action: metric.action ?? 'ALERT',
  }));
  if (!primary) throw new Error(`experiment ${definition.key} has no primary metric`);
  return { ...definition, metrics: { primary, secondary, guardrails } };
}

function labelOf({ key, name, type, direction, windowHours, denominator, cap }: MetricDefinition) {
  return { key, name, type, direction, windowHours, denominator, cap };
}

function metricOf(input: MetricInput, role: MetricRole): MetricDefinition {
  return {
    key: input.key,
    name: input.name ?? null,
    type: input.type,
    direction: input.direction,
    role,
    threshold: null,
    action: null,
    windowHours: input.windowHours ?? null,
    denominator: input.denominator ?? null,
    cap: input.cap ?? null,
    cuped: input.cuped,
  };
}

/** Members are named one by one here and below, so that nothing else that came with an input object is stored. */
function evaluationOf(input: EvaluationPlanInput): EvaluationPlan {
  const {
    method,
    alpha,
    power,
    correction,
    maxPeeks,
    spending,
    minSampleSize,
    horizonUnits,
    minimumEffect,
    lossThreshold,
    schedule,
    segments,
  } = input;
  return {
    method,
    alpha,
    power,
    correction,
    maxPeeks,
    spending,
    minSampleSize,
    horizonUnits: horizonUnits ?? null,
    minimumEffect: minimumEffect ?? null,
    lossThreshold: lossThreshold ?? null,
    schedule,
    segments: [...segments],
  };
}

function banditOf({
  intervalSeconds,
  minWeight,
  maxWeight,
  smoothing,
  minUnitsPerArm,
  burnInSeconds,
  explorationDecay,
}: BanditSettings): BanditSettings {
  return { intervalSeconds, minWeight, maxWeight, smoothing, minUnitsPerArm, burnInSeconds, explorationDecay };
}

function rollbackOf({ enabled, conditions, autoDeploy }: RollbackSettings): RollbackSettings {
  return { enabled, conditions: [...conditions], autoDeploy };
}
