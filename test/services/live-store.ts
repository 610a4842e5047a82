import type { EvaluationResult } from '../../src/core/evaluation.js';
import type { Experiment, ExperimentStatus } from '../../src/core/experiment.js';
import { createLive, type LiveParts } from '../../src/services/live.js';
import type { AlertRecord, AllocationRecord, CountsRecord, EvaluationRecord } from '../../src/services/records.js';
import { running } from '../core/samples.js';
import { createTestLog } from '../redis/clients.js';

/**
 * A store of record in memory, and the streams of one instance over it. What is committed is only in the store, until the test hands it
 * to an inlet, announces it, or lets the streams look.
 */
export function createLiveWorld({ periodMs = 20, lookAgainMs = 60_000 }: { periodMs?: number; lookAgainMs?: number } = {}) {
  const experiments = new Map<string, Experiment>();
  const allocations: AllocationRecord[] = [];
  const evaluations: EvaluationRecord[] = [];
  const alerts = new Map<string, AlertRecord>();
  const counted = new Map<string, CountsRecord>();
  let alertSequence = 0;
  let isAway = false;
  /** Reads so far, by name. */
  const asked: Record<string, number> = {};

  /** Reads now and answers in a later turn: as with a real store, what comes back may be old already. */
  async function answer<T>(name: string, read: () => T): Promise<T> {
    asked[name] = (asked[name] ?? 0) + 1;
    const wasAway = isAway;
    const found = read();
    await new Promise((resolve) => setImmediate(resolve));
    if (wasAway) throw new Error('the store is away');
    return found;
  }

  const above = <T>(list: readonly T[], sequenceOf: (one: T) => number, sequence: number, limit: number) =>
    list
      .filter((one) => sequenceOf(one) > sequence)
      .sort((one, other) => sequenceOf(one) - sequenceOf(other))
      .slice(0, limit);

  const reads: LiveParts['reads'] = {
    allocationsAfter: (id, version, limit) =>
      answer('allocations', () =>
        above(
          allocations.filter(({ experimentId }) => experimentId === id),
          (one) => one.version,
          version,
          limit,
        ),
      ),
    latestEvaluation: ({ id }) =>
      answer('latestEvaluation', () => evaluations.filter(({ experimentId }) => experimentId === id).at(-1) ?? null),
    evaluationsAfter: ({ id }, sequence, limit) =>
      answer('evaluations', () =>
        above(
          evaluations.filter(({ experimentId }) => experimentId === id),
          (one) => one.sequence,
          sequence,
          limit,
        ),
      ),
    alertsAfter: (sequence, limit) => answer('alerts', () => above([...alerts.values()], (one) => one.sequence, sequence, limit)),
    openAlerts: () => answer('openAlerts', () => [...alerts.values()].filter(({ resolvedAt }) => resolvedAt === null).reverse()),
    alertSequence: () => answer('alertSequence', () => alertSequence),
    counts: (list) => answer('counts', () => list.flatMap(({ id }) => counted.get(id) ?? [])),
  };

  const registry = {
    byId: (id: string) => experiments.get(id),
    byKey: (key: string) => [...experiments.values()].find(({ definition }) => definition.key === key),
  };
  const log = createTestLog();
  const clock = { now: () => new Date('2025-06-01T00:00:00.000Z') };
  const live = createLive({ reads, registry, clock, log, periodMs, lookAgainMs });

  function get(id: string): Experiment {
    const experiment = experiments.get(id);
    if (!experiment) throw new Error(`no experiment ${id}`);
    return experiment;
  }

  return {
    live,
    log,
    asked,
    registry,

    /** A running experiment whose key is its id; it has no allocation in the history yet. */
    add(id: string): Experiment {
      const experiment = { ...running({ key: id }), id, allocation: null };
      experiments.set(id, experiment);
      return experiment;
    },

    /** Commits the next allocation; the registry knows its version unless told otherwise. */
    allocate(id: string, { known = true } = {}): AllocationRecord {
      const version = allocations.filter(({ experimentId }) => experimentId === id).length + 1;
      const allocation = { ...running({ key: id }).allocation, version };
      const record = { ...allocation, experimentId: id, endedAt: null, previousWeights: [], probabilityBest: [] };
      allocations.push(record);
      if (known) experiments.set(id, { ...get(id), allocation, version: get(id).version + 1 });
      return record;
    },

    evaluate(id: string, { final = false } = {}): EvaluationRecord {
      const sequence = evaluations.filter(({ experimentId }) => experimentId === id).length + 1;
      const record = {
        experimentId: id,
        experimentKey: id,
        sequence,
        at: clock.now(),
        result: { final } as EvaluationResult,
      } as EvaluationRecord;
      evaluations.push(record);
      return record;
    },

    /** Raises an alert, or resolves it when there is one of this name. */
    alert(id: string, name: string): AlertRecord {
      alertSequence += 1;
      const before = alerts.get(name);
      const record: AlertRecord = {
        id: name,
        experimentId: id,
        experimentKey: id,
        sequence: alertSequence,
        at: clock.now(),
        resolvedAt: before ? clock.now() : null,
        kind: 'GUARDRAIL_BREACH',
        severity: 'CRITICAL',
        message: name,
        metric: null,
        variant: null,
      };
      alerts.set(name, record);
      return record;
    },

    count(id: string, botEvents: number): void {
      counted.set(id, { experimentId: id, experimentKey: id, at: new Date(), variants: [], botEvents, mismatchedUnits: 0 });
    },

    /** Changes the status, in the registry and over the inlet. */
    move(id: string, status: ExperimentStatus): void {
      const before = get(id);
      const after = { ...before, status, version: before.version + 1 };
      experiments.set(id, after);
      live.experimentChanged(before, after, 'CHANGED');
    },

    remove(id: string): void {
      const before = get(id);
      experiments.delete(id);
      live.experimentChanged(before, null, 'DELETED');
    },

    away(now: boolean): void {
      isAway = now;
    },
  };
}

/** The next messages of a stream. */
export async function take<T>(stream: AsyncIterator<T>, number: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < number) {
    const { done, value } = await stream.next();
    if (done) throw new Error(`completed after ${taken.length} of ${number}`);
    taken.push(value);
  }
  return taken;
}

/** All messages up to the end of the stream. */
export async function takeAll<T>(stream: AsyncIterableIterator<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const message of stream) taken.push(message);
  return taken;
}
