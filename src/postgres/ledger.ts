import type { CheckedEvent, CheckedExposure } from '../core/event.js';
import { plainList, type Query, type Sql, statement, timeOf } from './database.js';

/**
 * The ledger of event ids, which makes an event count once.
 *
 * Ids are taken before it is known what becomes of their events, as nearly all are new and accepted: that costs one look at the index instead of two.
 */

type Entry = Pick<CheckedEvent | CheckedExposure, 'eventId' | 'contentHash' | 'receivedAt'>;

export interface Ledger {
  /** Content of those ids that were in before. */
  readonly ledger: ReadonlyMap<string, string>;
  /** Ids that were not, with the content that was written for them. */
  readonly taken: ReadonlyMap<string, string>;
}

/** In the order of ids, so that two writers who wait for one another's ids never do so in a circle. */
const insertIds = statement(
  'insert_ids',
  `insert into event_ledger (event_id, content_hash, received_at)
   select id, decode(hash, 'hex'), ${timeOf('at')} from unnest($1::text[], $2::text[], $3::float8[]) as e (id, hash, at)
   on conflict do nothing`,
);

/** Those of the ids that this transaction has not written itself. */
const knownBefore = statement<{ event_id: string; content_hash: string }>(
  'known_before',
  `select event_id, encode(content_hash, 'hex') as content_hash from event_ledger
   where event_id = any($1) and xmin <> pg_current_xact_id()::xid`,
);

/** Takes the ids that are new; of items with one id the first. Waits for others who are taking the same. */
export async function takeIds(sql: Sql, items: readonly Entry[]): Promise<Ledger> {
  const entries = new Map<string, Entry>();
  for (const item of items) if (!entries.has(item.eventId)) entries.set(item.eventId, item);
  const { rowCount } = entries.size > 0 ? await sql.query(insertion([...entries.values()])) : { rowCount: 0 };
  const taken = new Map([...entries].map(([id, { contentHash }]) => [id, contentHash]));
  if (rowCount === entries.size) return { ledger: new Map(), taken };
  const { rows } = await knownBefore(sql, [[...entries.keys()]]);
  const ledger = new Map(rows.map((row) => [row.event_id, row.content_hash]));
  for (const id of ledger.keys()) taken.delete(id);
  return { ledger, taken };
}

const deleteIds = statement('delete_ids', 'delete from event_ledger where event_id = any($1)');

/** Gives back taken ids whose events were refused, and writes those anew that another item of the same id was accepted for. */
export function settlementOf(taken: ReadonlyMap<string, string>, accepted: readonly Entry[]): Query[] {
  const contents = new Map(accepted.map((entry) => [entry.eventId, entry.contentHash]));
  const wrong = [...taken].flatMap(([id, contentHash]) => (contents.get(id) === contentHash ? [] : [id]));
  if (wrong.length === 0) return [];
  const ids = new Set(wrong);
  const anew = accepted.filter(({ eventId }) => ids.has(eventId));
  return [deleteIds.with([wrong]), ...(anew.length > 0 ? [insertion(anew)] : [])];
}

function insertion(entries: readonly Entry[]): Query {
  const rows = entries.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
  return insertIds.with([
    rows.map((row) => row.eventId),
    plainList(rows.map((row) => row.contentHash)),
    plainList(rows.map((row) => row.receivedAt)),
  ]);
}
