import { walOffset } from './wal.js';

/**
 * How far behind a replica is, by what the primary had written when: positions in its log are noted with their times, and what the replica has
 * replayed tells the latest of these times that it holds. Unlike the age of the last replayed transaction this is right while the primary is idle,
 * and while the replica hears nothing from it.
 */
export interface WalPositions {
  /** What the primary had written at a time, from its clock or ours; times rise. */
  note(at: number, written: string): void;
  /** The latest noted time whose writes are all replayed; null: before any that is remembered. */
  asOf(replayed: string): number | null;
}

interface Noted {
  readonly at: number;
  readonly position: bigint;
}

/** @param most positions remembered; the older are forgotten */
export function createWalPositions(most: number): WalPositions {
  const noted: Noted[] = [];
  return {
    note(at, written) {
      const position = walOffset(written);
      const last = noted.at(-1);
      // What is replayed up to here is so as of the later time.
      if (last?.position === position) noted.pop();
      noted.push({ at, position });
      if (noted.length > most) noted.shift();
    },
    asOf(replayed) {
      const position = walOffset(replayed);
      return noted.findLast((sample) => sample.position <= position)?.at ?? null;
    },
  };
}
