import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../services/log.js';
import type { Sql } from './database.js';
import { isBeyond, readReplayed, readWritten, replicaFault, walOffset } from './wal.js';

/**
 * Makes reads that something is decided from. What they show was committed, and is at least what the primary shows when they are asked: so where the
 * rows that decisions lock are locked by then, a decision rests on all that the decisions before it rested on or left behind.
 *
 * @param primary the connection that decides, or any where nothing is locked
 */
export type ReadToDecide = <T>(primary: Sql, ask: (from: Sql) => Promise<T>) => Promise<T>;

/** Where there is no replica. */
export const readPrimary: ReadToDecide = (primary, ask) => ask(primary);

/** How many such reads were answered by whom. */
export interface DecisionReads {
  readonly replica: number;
  readonly primary: number;
}

export interface ReplicaDecisionsParts {
  readonly pool: pg.Pool;
  readonly isUsed: () => boolean;
  readonly log: Log;
}

/** Pauses between looks at how far a replica has replayed: one that keeps up is there at the second or third. */
const pausesMs = [1, 2, 4, 8, 16, 32, 64];
/** Others wait for what a decision has locked: a replica that hangs is not waited for as long as readers would. */
const patienceMs = 500;

/** By the replica once it holds what the primary had written, by the primary when that takes too long. */
export function createReplicaDecisions({ pool, isUsed, log }: ReplicaDecisionsParts) {
  const answered = { replica: 0, primary: 0 };

  /** On one connection throughout, as behind one address there may be several replicas. */
  async function askReplica<T>(primary: Sql, ask: (from: Sql) => Promise<T>): Promise<{ readonly answer: T } | null> {
    const written = await readWritten(primary);
    let broken: Error | undefined;
    const client = await pool.connect().catch(() => null);
    if (!client) return null;
    try {
      for (let look = 0; ; look += 1) {
        const replayed = await readReplayed(client);
        if (replicaFault(written, replayed) !== null) return null;
        if (walOffset(replayed.position ?? '0/0') >= walOffset(written.position)) {
          const isForeign = isBeyond(replayed, written) && isBeyond(replayed, await readWritten(primary));
          return isForeign ? null : { answer: await ask(client) };
        }
        if (look === pausesMs.length) return null;
        await delay(pausesMs[look]);
      }
    } catch (error) {
      broken = error as Error;
      log.info({ err: error }, 'The replica failed a read that something is decided from; the primary is asked.');
      return null;
    } finally {
      client.release(broken);
    }
  }

  const readToDecide: ReadToDecide = async (primary, ask) => {
    const found = isUsed() ? await Promise.race([askReplica(primary, ask), delay(patienceMs, null, { ref: false })]) : null;
    answered[found ? 'replica' : 'primary'] += 1;
    return found ? found.answer : ask(primary);
  };

  return { readToDecide, answered: (): DecisionReads => ({ ...answered }) };
}
