import type pg from 'pg';
import type { Changes, Command, Transaction } from '../services/ports.js';
import { inTransaction, isTransient, type Sql, unavailable } from './database.js';
import { claimOutcomes, outcomesWrite } from './idempotency.js';
import { type ReadToDecide, readPrimary } from './replica-decisions.js';
import { createTransaction } from './transaction.js';

const conflicts = /^(40001|40P01)$/;
const maxAttempts = 5;

/**
 * Changes of the store of record, each in one transaction with its audit entry and the outcome that answers its repetition.
 *
 * @param readToDecide of what was counted
 */
export function createChanges(pool: pg.Pool, readToDecide: ReadToDecide = readPrimary): Changes {
  async function once<T>(command: Command, work: (transaction: Transaction) => Promise<T>) {
    const change = async (sql: Sql) => {
      const [claim] = await claimOutcomes<T>(sql, [command]);
      if (claim?.kind === 'refused') throw claim.error;
      if (claim?.kind === 'replay') return { outcome: claim.outcome, replayed: true };
      const outcome = await work(createTransaction(sql, readToDecide));
      const kept = outcomesWrite(new Map([[command, outcome]]));
      if (kept) await sql.query(kept);
      return { outcome, replayed: false };
    };
    return inTransaction(pool, change, command.requestId);
  }

  return {
    async run(command, work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(command, work);
        } catch (error) {
          // Only what the server itself undid is done again: after a lost connection nobody knows whether the commit came through.
          const isConflict = conflicts.test(String((error as { code?: unknown }).code));
          if (isConflict && attempt < maxAttempts) continue;
          throw isTransient(error) ? unavailable(error) : error;
        }
      }
    },
  };
}
