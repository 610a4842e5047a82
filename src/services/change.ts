import { DomainError, type Problem, refusal } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import { alertMessage, decisionMessage, statusMessage } from '../core/webhook.js';
import type { Announcer, Changes, Clock, Command, NewAlert, Transaction } from './ports.js';
import type { AlertRecord, AllocationRecord, EvaluationRecord } from './records.js';
import type { Registry } from './registry.js';

/**
 * The one way in which anything changes: a transaction, and after its commit the news of it, to this instance at once and to the others
 * by announcement. A mutation answers when this instance serves what it changed.
 */

/** Those who wait for news in this instance; changes of experiments they hear from the registry. */
export interface News {
  allocated(record: AllocationRecord): void;
  evaluated(record: EvaluationRecord): void;
  alerted(record: AlertRecord): void;
}

export interface ChangerParts {
  readonly changes: Changes;
  readonly registry: Registry;
  readonly news: News;
  readonly announcer: Announcer;
  readonly clock: Clock;
}

/** What a change works with; all that it does is committed together. */
export interface Change {
  readonly transaction: Transaction;
  readonly command: Command;
  /** The one time of the whole change, but for an end, which is read when counting stands still. */
  readonly at: Date;
  now(): Date;
  /** The experiment, locked. @throws EXPERIMENT_NOT_FOUND, REVISION_CONFLICT */
  lock(key: string, expectedRevision?: number | null): Promise<Experiment>;
  /** Stores a change of the experiment with its audit entry; what is returned is as stored. */
  save(before: Experiment, after: Experiment, options?: SaveOptions): Promise<Experiment>;
  create(experiment: Experiment): Promise<Experiment>;
  remove(experiment: Experiment): Promise<void>;
  allocate(record: AllocationRecord): Promise<void>;
  /** @param previous the judgement before it; null for the first */
  evaluated(experiment: Experiment, record: EvaluationRecord, previous: EvaluationRecord | null): Promise<void>;
  /** Whether it is new: of one kind, metric and variant one alert is open at a time. */
  raise(experiment: Experiment, alert: NewAlert): Promise<boolean>;
  resolve(experiment: Experiment, kinds: readonly AlertRecord['kind'][]): Promise<void>;
  /** What is counted how has changed. */
  rulesChanged(): Promise<void>;
}

/** What most mutations answer. */
export interface ExperimentPayload {
  readonly experiment: Experiment;
  readonly warnings: readonly Problem[];
}

export interface SaveOptions {
  readonly reason?: string | null;
  /** Whether the revision grows: for changes by a person or a rule, not for a bandit's moves nor for looks. */
  readonly revise?: boolean;
  /** Whether it goes into the audit log; what a look uses up does not. */
  readonly audit?: boolean;
}

export type Changer = ReturnType<typeof createChanger>;

export function createChanger({ changes, registry, news, announcer, clock }: ChangerParts) {
  /**
   * Runs a change and spreads the news of it; a repetition with the same idempotency key gives the first outcome.
   *
   * @throws what the work refuses; UNAVAILABLE when nothing was changed
   */
  async function run<T>(command: Command, work: (change: Change) => Promise<T>): Promise<T> {
    return (await attempt(command, work)).outcome;
  }

  async function attempt<T>(command: Command, work: (change: Change) => Promise<T>) {
    let effects: (() => void)[] = [];
    let refreshes = false;
    const result = await changes.run(command, (transaction) => {
      // The work may be done again after a conflict: then only its last run is news.
      effects = [];
      refreshes = false;
      return work(
        changeOf(
          transaction,
          command,
          (effect) => effects.push(effect),
          () => (refreshes = true),
        ),
      );
    });
    if (!result.replayed) {
      for (const effect of effects) effect();
      // It is done, whatever comes of this: the look every few seconds finds it too.
      if (refreshes) await registry.refresh().catch(() => {});
    }
    return result;
  }

  function changeOf(transaction: Transaction, command: Command, after: (effect: () => void) => void, refresh: () => void): Change {
    const at = clock.now();

    function announceChange(experiment: Experiment): void {
      after(() => {
        registry.adopt(experiment);
        announcer.announce({ kind: 'experiment', id: experiment.id, version: experiment.version });
      });
    }

    function announceAlert(alert: AlertRecord): void {
      after(() => {
        news.alerted(alert);
        announcer.announce({ kind: 'alert', sequence: alert.sequence });
      });
    }

    function audit(before: Experiment | null, experiment: Experiment | null, reason: string | null): Promise<void> {
      const { actor, action } = command;
      const experimentKey = (experiment ?? before)?.definition.key ?? null;
      return transaction.audit({ at, actor, action, experimentKey, reason, before: auditView(before), after: auditView(experiment) });
    }

    return {
      transaction,
      command,
      at,
      now: () => clock.now(),
      async lock(key, expectedRevision) {
        const experiment = await transaction.lockExperiment(key);
        if (!experiment) throw notFound(key);
        const { revision } = experiment;
        if (expectedRevision != null && expectedRevision !== revision) {
          const message = `The experiment "${key}" is at revision ${revision}; received ${expectedRevision}.`;
          throw new DomainError([{ code: 'REVISION_CONFLICT', message, path: ['expectedRevision'], received: expectedRevision }], {
            revision,
          });
        }
        return experiment;
      },
      async save(before, next, { reason = null, revise = true, audit: audited = true } = {}) {
        const version = before.version + 1;
        const experiment = revise ? { ...next, version, revision: before.revision + 1, updatedAt: at } : { ...next, version };
        const moved = statusMessage(before, experiment, { actor: command.actor, reason, at });
        await Promise.all([
          transaction.saveExperiment(experiment),
          audited && audit(before, experiment, reason),
          moved && transaction.tell(moved, at),
        ]);
        announceChange(experiment);
        return experiment;
      },
      async create(experiment) {
        await transaction.insertExperiment(experiment);
        await audit(null, experiment, null);
        announceChange(experiment);
        return experiment;
      },
      async remove(experiment) {
        await transaction.deleteExperiment(experiment.id);
        await audit(experiment, null, null);
        after(() => {
          registry.forget(experiment.id);
          announcer.announce({ kind: 'experiment', id: experiment.id, version: experiment.version + 1 });
        });
      },
      async allocate(record) {
        await transaction.insertAllocation(record);
        after(() => news.allocated(record));
      },
      async evaluated(experiment, record, previous) {
        const decided = decisionMessage(experiment, record, previous, await transaction.openAlerts(experiment));
        await Promise.all([transaction.insertEvaluation(record), decided && transaction.tell(decided, at)]);
        after(() => {
          news.evaluated(record);
          announcer.announce({ kind: 'evaluation', id: record.experimentId, sequence: record.sequence });
        });
      },
      async raise(experiment, alert) {
        const raised = await transaction.raiseAlert(experiment, alert, at);
        if (!raised) return false;
        await transaction.tell(alertMessage(experiment, raised), at);
        announceAlert(raised);
        return true;
      },
      async resolve(experiment, kinds) {
        for (const alert of await transaction.resolveAlerts(experiment, kinds, at)) {
          await transaction.tell(alertMessage(experiment, alert), at);
          announceAlert(alert);
        }
      },
      async rulesChanged() {
        await transaction.bumpRules();
        refresh();
      },
    };
  }

  return { run, attempt };
}

export function notFound(key: string): DomainError {
  return refusal('EXPERIMENT_NOT_FOUND', `No experiment has the key "${key}".`, ['key'], key);
}

/** What the audit log keeps of an experiment: all that a person can change, without the slots. */
function auditView(experiment: Experiment | null): unknown {
  if (!experiment) return null;
  const { allocation, version: _, ...rest } = experiment;
  if (!allocation) return { ...rest, allocation };
  const { runs: __, ...shares } = allocation;
  return { ...rest, allocation: shares };
}
