import type { Sql } from './database.js';
import { statement } from './database.js';

/** How far two servers of one database are in its write-ahead log: the primary in writing it, a streaming replica in replaying it. */

interface Written {
  /** As far as this is on disk; whoever saw a commit on the primary saw one that lies before it. */
  readonly position: string;
  readonly system: string;
  /** Grows with every promotion; positions of two timelines say nothing of one another. */
  readonly timeline: number;
  /** Whether commits are on disk before they are seen. */
  readonly isDurable: boolean;
}

interface Replayed {
  readonly follows: boolean;
  /** All that lies before it is to be seen. */
  readonly position: string | null;
  readonly system: string;
  /** That of its last restart point or later, so perhaps one too low for minutes after a promotion, never one too high. */
  readonly timeline: number;
}

const written = statement<Written>(
  'wal_written_now',
  `select pg_current_wal_flush_lsn()::text as position,
          (select system_identifier from pg_control_system())::text as system,
          ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int as timeline,
          current_setting('synchronous_commit') <> 'off' as "isDurable"`,
);

const replayed = statement<Replayed>(
  'wal_replayed_now',
  `select pg_is_in_recovery() as follows, pg_last_wal_replay_lsn()::text as position,
          (select system_identifier from pg_control_system())::text as system,
          greatest((select timeline_id from pg_control_checkpoint()), (select min_recovery_end_timeline from pg_control_recovery())) as timeline`,
);

export async function readWritten(primary: Sql): Promise<Written> {
  const { rows } = await written(primary, []);
  return rows[0] as Written;
}

export async function readReplayed(replica: Sql): Promise<Replayed> {
  const { rows } = await replayed(replica, []);
  return rows[0] as Replayed;
}

/** What keeps a server from being the replica of a primary; null: nothing. */
export function replicaFault({ system, timeline, isDurable }: Written, replica: Replayed): string | null {
  if (!replica.follows) return 'takes writes, so it follows nobody';
  if (replica.system !== system) return 'follows another database';
  if (replica.timeline !== timeline) return `is on timeline ${replica.timeline} while the primary is on ${timeline}`;
  if (!isDurable) return 'cannot be compared, as the primary shows commits before they are written (synchronous_commit is off)';
  return replica.position === null ? 'has replayed nothing yet' : null;
}

/**
 * Whether a replica holds what a primary never wrote, as of one that was set back to a backup. Of its own one it only gets what is on disk there.
 *
 * @param written asked after what was replayed
 */
export function isBeyond(replayed: Replayed, written: Written): boolean {
  return replayed.position !== null && walOffset(replayed.position) > walOffset(written.position);
}

/** A `pg_lsn` as text: two hexadecimal halves of 32 bits. */
export function walOffset(position: string): bigint {
  const [high = '', low = ''] = position.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
