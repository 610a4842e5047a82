import { DomainError, refusal } from '../core/errors.js';
import { attributeNamePattern, idFault } from '../core/unit.js';
import type { Changer } from './change.js';
import type { Announcer, Command, ForgetStore, ForgottenRows, Ids, UnitToForget } from './ports.js';

/**
 * Forgets one unit: a person who asks for it, or a test's own. Can be repeated at any time and goes on where it was cut off.
 *
 * What stays are sums that many units made together, and ids of events, without which a late repetition would count again. So every event that was
 * acknowledged has counted once and counts for ever; a unit that comes back is a new one, counted anew and perhaps in another variant.
 */

/** What was deleted. Only `exposures`, `auditEntries` and `outcomes` may be found by a repetition of a request that was cut off. */
export interface Forgotten extends ForgottenRows {
  /** For the files of whoever asked for it: the audit log names the request by this and not by the unit. */
  readonly reference: string;
  /** Experiments whose override of the unit was taken away. */
  readonly overrides: number;
  /** Exposures as they came. */
  readonly exposures: number;
  /** Entries of the audit log that showed the unit in an override. */
  readonly auditEntries: number;
}

export interface ForgetParts {
  readonly changer: Changer;
  readonly store: ForgetStore;
  /** Copies beside the store of record. */
  readonly copies: { forget(unitId: string, experimentIds: readonly string[]): Promise<void> };
  /** Ids of all experiments. */
  readonly experimentIds: () => readonly string[];
  /** Drops what this instance remembers of units. */
  readonly dropMemory: () => void;
  readonly announcer: Announcer;
  readonly ids: Pick<Ids, 'uuid'>;
}

export type Forget = ReturnType<typeof createForget>;

export function createForget({ changer, store, copies, experimentIds, dropMemory, announcer, ids }: ForgetParts) {
  /** What must go together, with its audit entry. */
  function forgetCounted(command: Command, unit: UnitToForget) {
    return changer.run(command, async (change) => {
      const overriding = await change.transaction.overriding(unit);
      for (const key of overriding) {
        const before = await change.lock(key);
        const overrides = before.overrides.filter(({ unitId }) => unitId !== unit.unitId);
        // The entry of the whole says so; one of its own would name the unit.
        await change.save(before, { ...before, overrides }, { audit: false });
      }
      const rows = await change.transaction.forgetCounted(unit);
      const reference = ids.uuid();
      const { actor, action } = command;
      const after = { reference, hashKey: unit.hashKey, ...rows, overrides: overriding };
      await change.transaction.audit({ at: change.at, actor, action, experimentKey: null, reason: null, before: null, after });
      return { reference, ...rows, overrides: overriding.length };
    });
  }

  return {
    /** @throws INVALID_ID, BAD_USER_INPUT; UNAVAILABLE when a store is away: then some of it may be left, and the request is to be repeated */
    async unit(command: Command, unit: UnitToForget): Promise<Forgotten> {
      const fault = idFault(unit.unitId);
      if (fault) throw refusal('INVALID_ID', `unitId ${fault}.`, ['unitId'], unit.unitId);
      if (unit.hashKey !== null && !attributeNamePattern.test(unit.hashKey)) {
        throw refusal('BAD_USER_INPUT', `hashKey cannot name an id (${attributeNamePattern.source}).`, ['hashKey'], unit.hashKey);
      }
      const counted = await forgetCounted(command, unit);
      const exposures = await store.dropExposures(unit);
      const auditEntries = await store.redactAudit(unit);
      await store.redactOutcomes(unit);
      try {
        // When no look-up that began before the rows went is still under way to put a copy back.
        await copies.forget(unit.unitId, experimentIds());
      } catch (cause) {
        const message = 'The rows are gone, but Redis is away and may still hold copies, for a day at most: ask again.';
        throw new DomainError([{ code: 'UNAVAILABLE', message, path: [] }], { retryAfterSeconds: 5, cause });
      } finally {
        // Last: whoever dropped it sooner may have learnt it anew from a copy.
        await store.noteForgotten();
        dropMemory();
        announcer.announce({ kind: 'forgotten' });
      }
      return { ...counted, exposures, auditEntries };
    },
  };
}
