import { type Assignment, decide, fallback, isPending, type PendingAssignment, settle } from '../core/assignment.js';
import { refusal, refuseIfAny } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import type { Sha256 } from '../core/hash.js';
import { checkUnit, type Unit } from '../core/unit.js';
import type { Events } from './events.js';
import { type AssignmentMeter, unmetered } from './meters.js';
import type { Clock, Ids } from './ports.js';
import type { RecordedVariants } from './recorded-variants.js';
import type { Registry } from './registry.js';

/** What units get: from memory, with a reason in place of errors, which only malformed input gives. */

export interface AssignmentsParts {
  readonly registry: Registry;
  readonly recordedVariants: RecordedVariants;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sha256: Sha256;
  /** Told of each answer that was given without knowledge, with its cause. */
  readonly onFallback: (experimentKey: string, cause: 'NOTHING_KNOWN' | 'EXPOSURE_UNKNOWN') => void;
  readonly meter?: AssignmentMeter;
  /** Longest wait for the commit of an exposure before `assign` answers without it. */
  readonly exposureDeadlineMs?: number;
}

export const maxKeysPerQuestion = 100;

export type Assignments = ReturnType<typeof createAssignments>;

export function createAssignments({
  registry,
  recordedVariants,
  events,
  clock,
  ids,
  sha256,
  onFallback,
  meter = unmetered.assignments,
  exposureDeadlineMs = 200,
}: AssignmentsParts) {
  /** A promise only where a recorded exposure has to be looked up: to await what is there costs more than to decide it. */
  function answer(experimentKey: string, unit: Unit): Assignment | Promise<Assignment> {
    const asOf = registry.asOf();
    if (asOf === null) {
      onFallback(experimentKey, 'NOTHING_KNOWN');
      meter.served('FALLBACK');
      return fallback(experimentKey);
    }
    const decision = decide(registry.compiledByKey(experimentKey), unit, { experimentKey, sha256 });
    if (isPending(decision)) return lookUp(experimentKey, decision, asOf);
    decision.asOf = asOf;
    meter.served(decision.reason);
    return decision;
  }

  async function lookUp(experimentKey: string, decision: PendingAssignment, asOf: Date): Promise<Assignment> {
    const settled = settle(decision, await recordedVariants.variantOf(decision.lookup));
    if (settled.reason === 'FALLBACK') onFallback(experimentKey, 'EXPOSURE_UNKNOWN');
    meter.served(settled.reason);
    return { ...settled, asOf };
  }

  async function record(assignment: Assignment, unit: Unit): Promise<boolean> {
    const { experimentKey, variant, unitId, allocationVersion } = assignment;
    const experimentId = registry.byKey(experimentKey)?.id;
    if (variant === null || unitId === null || experimentId === undefined) return false;
    if (recordedVariants.isKnown({ experimentId, unitId })) return true;
    const occurredAt = clock.now().toISOString();
    const exposure = { eventId: ids.uuid(), experimentKey, unit, variant, allocationVersion, occurredAt };
    const sender = { apiKeyId: null, idempotencyKey: null, fingerprint: '' };
    const committed = events.track(sender, { exposures: [exposure], events: [] }).then(({ results }) => results[0]?.status === 'ACCEPTED');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), exposureDeadlineMs);
    });
    return Promise.race([committed, late])
      .catch(() => false)
      .finally(() => clearTimeout(timer));
  }

  let served: { readonly keys: readonly string[]; readonly changes: number } = { keys: [], changes: -1 };

  /** Made anew when an experiment has changed, not for each question. */
  function servedKeys(): readonly string[] {
    const changes = registry.changes();
    if (served.changes !== changes) {
      const keys = registry.all().flatMap((experiment) => (isServed(experiment) ? [experiment.definition.key] : []));
      served = { keys: keys.sort(), changes };
    }
    return served.keys;
  }

  function check(unit: Unit, keys: readonly string[]): void {
    refuseIfAny(checkUnit(unit));
    if (keys.length > maxKeysPerQuestion) {
      const message = `Received ${keys.length} keys; at most ${maxKeysPerQuestion} are answered at once.`;
      throw refusal('INVALID_RANGE', message, ['experimentKeys'], keys.length);
    }
  }

  return {
    /** @throws the faults of the unit */
    assignment(experimentKey: string, unit: Unit): Assignment | Promise<Assignment> {
      check(unit, [experimentKey]);
      return answer(experimentKey, unit);
    },

    /** @param experimentKeys answered in this order; null: all that are served, by key. @throws the faults of the unit; INVALID_RANGE */
    assignments(experimentKeys: readonly string[] | null, unit: Unit): readonly Assignment[] | Promise<readonly Assignment[]> {
      const keys = experimentKeys ?? servedKeys();
      check(unit, experimentKeys ?? []);
      const answers = keys.map((key) => answer(key, unit));
      return answers.some((each) => each instanceof Promise) ? Promise.all(answers) : (answers as Assignment[]);
    },

    /** The assignment with its exposure recorded; it answers also when the exposure could not be. @throws the faults of the unit */
    async assign(experimentKey: string, unit: Unit): Promise<Assignment> {
      check(unit, [experimentKey]);
      const assignment = await answer(experimentKey, unit);
      if (!assignment.inExperiment) return assignment;
      return { ...assignment, exposureRecorded: await record(assignment, unit) };
    },

    /** Whether one of these experiments hashes the id of a device; null: of all that are served. */
    needDevice(experimentKeys: readonly string[] | null): boolean {
      return (experimentKeys ?? servedKeys()).some((key) => registry.compiledByKey(key)?.hashKey === 'deviceId');
    },
  };
}

/** Experiments that have something to show besides the control, or will again: running, dry-running, paused, shipped. */
export function isServed({ status, shippedVariant }: Experiment): boolean {
  return status === 'DRY_RUN' || status === 'RUNNING' || status === 'PAUSED' || (status === 'STOPPED' && shippedVariant !== null);
}
