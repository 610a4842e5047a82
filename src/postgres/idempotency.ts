import { deserialize, serialize } from 'node:v8';
import { DomainError } from '../core/errors.js';
import { type Query, type Sql, statement } from './database.js';

/**
 * Outcomes of requests by idempotency key. A claim holds to the end of the transaction, in which the outcome is saved beside its effect:
 * either both are there or neither is.
 */

/** What a request says of itself; without a key (or an API key that owns it) nothing is kept. */
export interface IdempotentRequest {
  readonly apiKeyId: string | null;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string;
}

export type Claim<T> =
  | { readonly kind: 'new' }
  | { readonly kind: 'replay'; readonly outcome: T }
  | { readonly kind: 'refused'; readonly error: DomainError };

const fresh = { kind: 'new' } as const;

/** Claims the keys of all requests; of two requests with one key the first is served and the second refused as IDEMPOTENCY_KEY_IN_USE. */
export async function claimOutcomes<T>(sql: Sql, requests: readonly IdempotentRequest[]): Promise<Claim<T>[]> {
  const keyed = requests.filter(isKeyed);
  if (keyed.length === 0) return requests.map(() => fresh);
  const names = keyed.map(nameOf);
  const { rows: locks } = await sql.query<{ name: string; held: boolean }>(
    `select name, pg_try_advisory_xact_lock(hashtextextended('idempotency ' || name, 0)) as held
     from unnest($1::text[]) as name`,
    [[...new Set(names)]],
  );
  // Only after the locks, so that an outcome that was committed while we asked for them is seen.
  const { rows: outcomes } = await sql.query<{ name: string; fingerprint: string; outcome: Buffer }>(
    `select api_key_id || ' ' || key as name, fingerprint, outcome from idempotent_outcome
     where (api_key_id, key) in (select * from unnest($1::uuid[], $2::text[]))`,
    [keyed.map((request) => request.apiKeyId), keyed.map((request) => request.idempotencyKey)],
  );
  const held = new Set(locks.filter((lock) => lock.held).map((lock) => lock.name));
  const known = new Map(outcomes.map((row) => [row.name, row]));
  const taken = new Set<string>();
  return requests.map((request): Claim<T> => {
    if (!isKeyed(request)) return fresh;
    const name = nameOf(request);
    const row = known.get(name);
    if (row) {
      if (row.fingerprint !== request.fingerprint) return { kind: 'refused', error: reused(request.idempotencyKey) };
      return { kind: 'replay', outcome: deserialize(row.outcome) as T };
    }
    if (!held.has(name) || taken.has(name)) return { kind: 'refused', error: inUse(request.idempotencyKey) };
    taken.add(name);
    return fresh;
  });
}

const insertOutcomes = statement(
  'insert_outcomes',
  `insert into idempotent_outcome (api_key_id, key, fingerprint, outcome, created_at)
   select *, clock_timestamp() from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])`,
);

/** Keeps the outcomes of requests whose claims were new; null where there is nothing to keep. */
export function outcomesWrite(outcomes: ReadonlyMap<IdempotentRequest, unknown>): Query | null {
  const rows = [...outcomes].flatMap(([request, outcome]) => (isKeyed(request) ? [{ request, outcome }] : []));
  if (rows.length === 0) return null;
  return insertOutcomes.with([
    rows.map(({ request }) => request.apiKeyId),
    rows.map(({ request }) => request.idempotencyKey),
    rows.map(({ request }) => request.fingerprint),
    rows.map(({ outcome }) => serialize(outcome)),
  ]);
}

type Keyed = IdempotentRequest & { readonly apiKeyId: string; readonly idempotencyKey: string };

function isKeyed(request: IdempotentRequest): request is Keyed {
  return request.apiKeyId !== null && request.idempotencyKey !== null;
}

const nameOf = (request: Keyed): string => `${request.apiKeyId} ${request.idempotencyKey}`;

function reused(key: string): DomainError {
  const message = `The idempotencyKey "${key}" was used before with other arguments; use a new one for another request.`;
  return new DomainError([{ code: 'IDEMPOTENCY_KEY_REUSED', message, path: ['idempotencyKey'], received: key }]);
}

function inUse(key: string): DomainError {
  const message = `A request with the idempotencyKey "${key}" is still running; try again for its outcome.`;
  return new DomainError([{ code: 'IDEMPOTENCY_KEY_IN_USE', message, path: ['idempotencyKey'], received: key }], { retryAfterSeconds: 1 });
}
