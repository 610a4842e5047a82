import type { Change } from '../../core/definition-diff.js';
import type { Problem } from '../../core/errors.js';
import { controlOf, type Experiment, type MetricDefinition, type VariantDefinition } from '../../core/experiment.js';
import { actionsOf } from '../../core/lifecycle.js';
import { nodeId } from '../node-id.js';
import type { ExperimentObject } from '../types/experiment.js';
import type { MetricObject } from '../types/metric.js';
import type { VariantObject } from '../types/variant.js';
import { presentAllocation } from './allocation.js';

/** An experiment as the schema shows it, with what its field resolvers go on from. */
export interface PresentedExperiment extends ExperimentObject {
  readonly source: Experiment;
}

export function presentVariant({ id, allocation, disabledVariants }: Experiment, variant: VariantDefinition): VariantObject {
  const { key, name, weight, isControl, payload } = variant;
  return {
    id: nodeId('Variant', id, key),
    key,
    name,
    weight,
    currentWeight: allocation?.weights.find((share) => share.variant === key)?.weight ?? null,
    isControl,
    enabled: !disabledVariants.includes(key),
    payload,
  };
}

export function presentMetric({ id }: Experiment, metric: MetricDefinition): MetricObject {
  return { id: nodeId('Metric', id, metric.key), ...metric };
}

/** An experiment in the shape of the schema; what needs a store is left to its field resolvers. */
export function presentExperiment(experiment: Experiment): PresentedExperiment {
  const { definition, allocation, looksUsed, ...state } = experiment;
  return {
    source: experiment,
    id: nodeId('Experiment', experiment.id),
    key: definition.key,
    name: definition.name,
    hypothesis: definition.hypothesis,
    owner: definition.owner,
    tags: definition.tags,
    status: state.status,
    actions: actionsOf(experiment),
    design: definition.design,
    hashKey: definition.hashKey,
    hashStrategy: definition.hashStrategy,
    salt: definition.salt,
    exclusionGroup: definition.exclusionGroup,
    exclusion: state.exclusion,
    trafficAllocation: definition.trafficAllocation,
    variants: definition.variants.map((variant) => presentVariant(experiment, variant)),
    control: presentVariant(experiment, controlOf(definition)),
    targeting: definition.targeting,
    metrics: definition.metrics.map((metric) => presentMetric(experiment, metric)),
    evaluationPlan: { ...definition.evaluation, looksUsed },
    bandit: definition.bandit,
    banditHaltedAt: state.banditHaltedAt,
    rollback: definition.rollback,
    switchback: definition.switchback,
    ramp: definition.ramp,
    allocation: allocation && presentAllocation({ ...allocation, experimentId: experiment.id, endedAt: null }),
    overrides: state.overrides,
    revision: state.revision,
    planHash: state.planHash,
    shippedVariant: state.shippedVariant,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
  };
}

/** A warning; paths lead from the input. */
export function presentProblem(problem: Problem) {
  const path = problem.path[0] === 'input' ? problem.path.slice(1) : problem.path;
  return { code: problem.code, message: problem.message, path, received: problem.received ?? null };
}

/** A difference; what is not there is null. */
export function presentChange({ path, before, after, locked }: Change) {
  return { path, before: before ?? null, after: after ?? null, locked };
}

/** What a change of an experiment answers with. */
export function presentPayload({ experiment, warnings }: { readonly experiment: Experiment; readonly warnings: readonly Problem[] }) {
  return { experiment: presentExperiment(experiment), warnings: warnings.map(presentProblem) };
}
