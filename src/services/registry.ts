import type { Allocation } from '../core/allocation.js';
import { type CompiledExperiment, compile } from '../core/compiled-experiment.js';
import { countersOf } from '../core/counting.js';
import type { MetricUse } from '../core/event.js';
import { type Experiment, primaryMetricOf } from '../core/experiment.js';
import type { Clock, CountingRules, DefinitionStore } from './ports.js';

/**
 * All experiments in memory, ready to assign by. Assignments read nothing else, so they go on while the stores are away.
 *
 * What is served only moves forward: an older version never replaces a newer one, and an experiment is forgotten only when the
 * store of record says that it is gone.
 */

/** Keeps the last known experiments over a restart, for a start while the stores are away. */
export interface SnapshotFile {
  read(): Promise<{ readonly at: Date; readonly experiments: readonly Experiment[] } | null>;
  /** Soon, and never twice at once; failures are logged, for serving does not depend on it. */
  write(at: Date, experiments: readonly Experiment[]): void;
}

export interface RegistryParts {
  readonly definitions: DefinitionStore;
  readonly snapshot: SnapshotFile;
  readonly clock: Clock;
  /** Longest time after its end in which an experiment's events are still taken. */
  readonly retentionDays: number;
  /** Told of each change; before null: new, after null: gone. */
  readonly onChange?: (before: Experiment | null, after: Experiment | null) => void;
  /** Told when units were forgotten somewhere. */
  readonly onForgotten?: () => void;
}

interface Served {
  readonly experiment: Experiment;
  readonly compiled: CompiledExperiment<Allocation>;
}

const dayMs = 86_400_000;

export type Registry = ReturnType<typeof createRegistry>;

export function createRegistry({
  definitions,
  snapshot,
  clock,
  retentionDays,
  onChange = () => {},
  onForgotten = () => {},
}: RegistryParts) {
  const byId = new Map<string, Served>();
  const byKey = new Map<string, Served>();
  let epoch = -1;
  let forgotten = 0;
  let asOf: Date | null = null;
  let isRestored = false;
  let changes = 0;
  let metricIndex: ReadonlyMap<string, readonly (MetricUse & { readonly experiment: Experiment })[]> | null = null;
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;

  function adopt(experiment: Experiment): void {
    const before = byId.get(experiment.id)?.experiment ?? null;
    if (before !== null && before.version >= experiment.version) return;
    const served = { experiment, compiled: compile(experiment) };
    byId.set(experiment.id, served);
    byKey.set(experiment.definition.key, served);
    metricIndex = null;
    changes += 1;
    onChange(before, experiment);
    snapshot.write(asOf ?? clock.now(), all());
  }

  function forget(id: string): void {
    const gone = byId.get(id);
    if (!gone) return;
    byId.delete(id);
    if (byKey.get(gone.experiment.definition.key) === gone) byKey.delete(gone.experiment.definition.key);
    metricIndex = null;
    changes += 1;
    onChange(gone.experiment, null);
    snapshot.write(asOf ?? clock.now(), all());
  }

  function all(): Experiment[] {
    return [...byId.values()].map((served) => served.experiment);
  }

  async function load(): Promise<void> {
    const at = clock.now();
    const { epoch: current, forgotten: units, versions } = await definitions.versions();
    if (units !== forgotten) onForgotten();
    forgotten = units;
    const changed = [...versions].filter(([id, version]) => (byId.get(id)?.experiment.version ?? 0) < version).map(([id]) => id);
    for (const experiment of changed.length === 0 ? [] : await definitions.load(changed)) adopt(experiment);
    for (const id of [...byId.keys()]) if (!versions.has(id)) forget(id);
    epoch = current;
    asOf = at;
    isRestored = false;
  }

  /**
   * Brings memory up to the store of record. A look that is under way may have begun too early for who asks now, so that one waits for
   * the next; any number that wait share it.
   */
  function refresh(): Promise<void> {
    if (!running) {
      running = load().finally(() => {
        running = null;
      });
      return running;
    }
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = null;
        return refresh();
      });
    return queued;
  }

  /** Fills memory from the snapshot, while the stores are away; whether there was one. */
  async function restore(): Promise<boolean> {
    const kept = await snapshot.read();
    if (kept === null) return false;
    // First, for what is adopted is written again with this time.
    asOf ??= kept.at;
    isRestored = true;
    for (const experiment of kept.experiments) adopt(experiment);
    return true;
  }

  function indexMetrics() {
    const index = new Map<string, (MetricUse & { readonly experiment: Experiment })[]>();
    for (const { experiment } of byId.values()) {
      const { metrics, hashKey } = experiment.definition;
      // A key may be counted for several metrics, as a numerator here and a denominator there; the experiment is one use of it.
      for (const eventKey of new Set(metrics.flatMap((metric) => countersOf(metric).map((counter) => counter.eventKey)))) {
        const uses = index.get(eventKey) ?? [];
        uses.push({ experimentId: experiment.id, hashKey, experiment });
        index.set(eventKey, uses);
      }
    }
    return index;
  }

  /** All uses of a metric, drafts and long ended experiments among them. */
  function everyUseOf(metric: string) {
    metricIndex ??= indexMetrics();
    return metricIndex.get(metric) ?? [];
  }

  /** Events that happened before this are refused, so an experiment that ended earlier counts nothing any more. */
  const isCounting = (experiment: Experiment): boolean =>
    experiment.endedAt === null || experiment.endedAt.getTime() >= clock.now().getTime() - (retentionDays + 1) * dayMs;

  const rules: CountingRules = {
    get epoch() {
      return epoch;
    },
    usesOf: (metric) => everyUseOf(metric).filter(({ experiment }) => experiment.status !== 'DRAFT' && isCounting(experiment)),
    rulesOf(experimentId) {
      const definition = byId.get(experimentId)?.experiment.definition;
      if (!definition) return { hashKey: '', metrics: [], cohortMetric: null };
      return { hashKey: definition.hashKey, metrics: definition.metrics, cohortMetric: cohortMetricOf(definition) };
    },
  };

  return {
    adopt,
    forget,
    refresh,
    restore,
    all,
    rules,
    byKey: (key: string): Experiment | undefined => byKey.get(key)?.experiment,
    byId: (id: string): Experiment | undefined => byId.get(id)?.experiment,
    compiledByKey: (key: string): CompiledExperiment<Allocation> | undefined => byKey.get(key)?.compiled,
    /** Hash keys under which a metric's events may be looked for; empty when no experiment uses it. */
    hashKeysOf: (metric: string): ReadonlySet<string> =>
      new Set(everyUseOf(metric).flatMap(({ experiment, hashKey }) => (isCounting(experiment) ? [hashKey] : []))),
    isMetricKnown: (metric: string): boolean => everyUseOf(metric).length > 0,
    /** Grows with each change of what is served: for those who keep what they made of it. */
    changes: (): number => changes,
    /** When memory was last known to be current; null before anything was known. */
    asOf: (): Date | null => asOf,
    /** Where memory came from last; null before anything was known. */
    source: (): 'stores' | 'snapshot' | null => (asOf === null ? null : isRestored ? 'snapshot' : 'stores'),
  };
}

/** Key of the metric whose sums are also kept by hour of first exposure, for units that need time to mature and for rates that leave their history. */
export function cohortMetricOf(definition: Experiment['definition']): string | null {
  return definition.design === 'BANDIT' ? primaryMetricOf(definition).key : null;
}
