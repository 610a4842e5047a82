import type { Registry } from 'prom-client';
import { type AlertKind, alertKinds } from '../../core/alert.js';
import { type AllocationCause, allocationCauses, type VariantWeight } from '../../core/allocation.js';
import { type Decision, decisions } from '../../core/evaluation-words.js';
import { type Experiment, experimentStatuses } from '../../core/experiment.js';
import { type ExperimentLabels, otherExperiments } from './experiment-labels.js';
import { createGauge } from './gauge.js';
import { movementOf } from './movement.js';
import { register } from './register.js';
import { createCounter, createHistogram, lazily } from './tally.js';

const movements = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1];

/** What happened to experiments, told to the instance that made it happen. */
export interface ExperimentMeter {
  allocated(update: {
    readonly cause: AllocationCause;
    readonly weights: readonly VariantWeight[];
    readonly previousWeights: readonly VariantWeight[];
  }): void;
  evaluated(evaluation: { readonly result: { readonly decision: Decision } }): void;
  /** An alert was raised or resolved. */
  alerted(alert: { readonly kind: AlertKind; readonly resolvedAt: Date | null }): void;
  /** An assignment was served without knowledge. @param experimentKey as a client wrote it */
  fellBack(experimentKey: string, cause: string): void;
}

/** Counts of what happens to experiments. */
export function createExperimentMeter(registry: Registry, labels: ExperimentLabels): ExperimentMeter {
  const movement = createHistogram(registry, {
    name: 'bellwether_allocation_movement_ratio',
    help: 'Updates of weights, by the share of traffic that changed variant.',
    buckets: movements,
  });
  const movementBy = lazily((cause) => movement({ cause }));
  for (const cause of allocationCauses) movementBy(cause);
  const evaluations = createCounter(registry, { name: 'bellwether_evaluations_total', help: 'Evaluations made, by decision.' });
  const evaluationsWith = lazily((decision) => evaluations({ decision }));
  for (const decision of decisions) evaluationsWith(decision);
  const alerts = createCounter(registry, { name: 'bellwether_alerts_raised_total', help: 'Alerts raised.' });
  const alertsOf = lazily((kind) => alerts({ kind }));
  for (const kind of alertKinds) alertsOf(kind);
  const fallbacks = createFallbackCounts(registry, labels);

  return {
    allocated({ cause, weights, previousWeights }) {
      // The first of an experiment moves nobody.
      if (previousWeights.length > 0) movementBy(cause)(movementOf(previousWeights, weights));
    },
    evaluated: ({ result }) => evaluationsWith(result.decision).add(1),
    alerted({ kind, resolvedAt }) {
      if (resolvedAt === null) alertsOf(kind).add(1);
    },
    fellBack: fallbacks,
  };
}

/** Series that go with the labels of their experiments. */
function createFallbackCounts(registry: Registry, labels: ExperimentLabels): (experimentKey: string, cause: string) => void {
  const counts = new Map<string, { readonly labels: { readonly experiment: string; readonly cause: string }; value: number }>();
  const options = { name: 'bellwether_assignment_fallbacks_total', help: 'Assignments served without knowledge.' };
  register(registry, options, 'counter', 'sum', () => {
    const isOver = (experiment: string) => experiment !== otherExperiments && !labels.has(experiment);
    for (const [name, { labels: own }] of counts) if (isOver(own.experiment)) counts.delete(name);
    return [...counts.values()];
  });
  return (experimentKey, cause) => {
    const experiment = labels.of(experimentKey);
    const name = `${experiment} ${cause}`;
    const count = counts.get(name) ?? { labels: { experiment, cause }, value: 0 };
    counts.set(name, count);
    count.value += 1;
  };
}

/** @param all every experiment known to the instance */
export function watchStatuses(registry: Registry, all: () => readonly Experiment[]): void {
  createGauge(registry, {
    name: 'bellwether_experiments',
    help: 'Experiments known to the instance, by status.',
    over: 'max',
    read() {
      const counts = new Map<string, number>(experimentStatuses.map((status) => [status, 0]));
      for (const { status } of all()) counts.set(status, (counts.get(status) ?? 0) + 1);
      return [...counts].map(([status, count]) => [{ status }, count] as const);
    },
  });
}
