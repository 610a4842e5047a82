import pg from 'pg';
import { DomainError } from '../core/errors.js';
import { PacketSocket } from './packet-socket.js';

/** The pool that all of the process's stores share, and what the errors of the driver mean. */

// Counts and sums arrive as text and are read by those who know how exact they must be; int8 of counts fits a double by far.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export type Sql = Pick<pg.PoolClient, 'query'>;

/** A statement with its values, to be asked later. */
export interface Query {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * A statement that each connection parses and plans once. It is asked by calling it; `with` makes it ready to be.
 *
 * @param name unique among all; of a changed text too, as a pooler in front of the server may keep what it has seen
 */
export function statement<Row extends pg.QueryResultRow = never>(name: string, text: string) {
  const ask = (sql: Sql, values: unknown[]): Promise<pg.QueryResult<Row>> => sql.query<Row>({ name, text, values });
  return Object.assign(ask, { with: (values: unknown[]): Query => ({ name, text, values }) });
}

/** A list for a parameter, of values that need no quotes: numbers, decimals, UUIDs, hexadecimal. The driver would look at each for what to escape. */
export function plainList(values: readonly (number | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

/** A time from a parameter in milliseconds since the epoch: dates cost the driver much. */
export function timeOf(milliseconds: string): string {
  return `to_timestamp(${milliseconds} / 1000)`;
}

const applicationName = 'bellwether';

/**
 * Connections are pipelined: statements that are asked without waiting in between are run in their order, and leave in one packet.
 *
 * @param url connection string
 * @param max connections; an API instance needs few, for events share transactions
 * @param timeoutMs longest wait for an answer; a server that hangs then counts as away
 */
export function createPool(url: string, max = 10, timeoutMs = 10_000): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 2_000,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + 500,
    application_name: applicationName,
    pipeline: true,
    stream: () => new PacketSocket(),
  });
  // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  // The pool takes its own listener off a connection that is in use: one lost between two statements would end the process likewise.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

const transientStates = /^(40001|40P01|53[23]00|57014|57P0[123]|08\d\d\d|55P03)$/;
const transientSystemErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
/** What the driver says when no answer has come in time; the statement may still be under way. */
const silentMessage = /^Query read timeout$/;
const transientMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|server closed|^Query read timeout$/i;

/**
 * Whether the same work may succeed if tried again: lost connections, a server that hangs, is full, starts or stops, deadlocks,
 * a full lock table, statements that took too long.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, cause, meta } = error as Error & { code?: unknown; meta?: { driverAdapterError?: { cause?: PrismaCause } } };
  if (typeof code === 'string' && (transientStates.test(code) || transientSystemErrors.has(code))) return true;
  if (isMisrouted(error)) return true;
  // Prisma hides the driver's error behind a code of its own.
  const { kind = '', originalCode = '' } = meta?.driverAdapterError?.cause ?? {};
  if (transientPrismaKinds.has(kind) || transientStates.test(originalCode)) return true;
  return transientMessages.test(error.message) || (cause !== undefined && cause !== error && isTransient(cause));
}

/** A row for the default partition whose own one was made meanwhile; alone among checks, those of partitions have no name. */
function isMisrouted(error: Error): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '23514' && constraint === undefined && error.message.includes('partition constraint');
}

interface PrismaCause {
  readonly kind?: string;
  /** SQLSTATE. */
  readonly originalCode?: string;
}

const transientPrismaKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TransactionWriteConflict',
  'TooManyConnections',
]);

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && (error as Error & { code?: unknown }).code === '23505';
}

/** A connection that was lost, or a server that fell silent, on a commit. */
class InDoubt extends Error {
  override readonly name = 'InDoubt';
}

/** The refusal for a store that is away. */
export function unavailable(cause: unknown): DomainError {
  const isInDoubt = cause instanceof InDoubt;
  const message = isInDoubt
    ? 'The database went away while this was committed: it may have been done. Try again with the same idempotencyKey or eventIds, or look.'
    : 'The database is away; nothing was done. Try again.';
  return new DomainError([{ code: 'UNAVAILABLE', message, path: [] }], { retryAfterSeconds: 1, cause });
}

/**
 * Answers of statements that were asked one behind the other without waiting. Of failures it throws the first in their order: those behind it only
 * say that the transaction has failed.
 */
export async function inOrder<T extends readonly unknown[]>(asked: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(asked);
  for (const answer of settled) if (answer.status === 'rejected') throw answer.reason;
  return settled.map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** Runs reads; a store that is away becomes UNAVAILABLE. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isTransient(error) ? unavailable(error) : error;
  }
}

/** In one message: the server is asked no more often. */
function beginFor(requestId: string): string {
  return `begin; set local application_name = ${pg.escapeLiteral(`${applicationName} ${requestId}`)}`;
}

/**
 * Runs `work` in a transaction on one connection; rolls back on any error.
 *
 * @param requestId stands in `application_name` meanwhile: in pg_stat_activity, and in lines of the server's log that show it
 */
export function inTransaction<T>(pool: pg.Pool, work: (sql: pg.PoolClient) => Promise<T>, requestId?: string): Promise<T> {
  return transact(pool, requestId === undefined ? 'begin' : beginFor(requestId), async (sql) => {
    const result = await work(sql);
    await commit(sql);
    return result;
  });
}

/**
 * The same for work that ends in writes whose answers nobody waits for: they leave with the commit, one journey less. Where one of them fails, the
 * server takes the commit for a rollback. So all of them are made before any is sent: one that were lacking would not hold the commit back.
 */
export function inQuickTransaction<T>(pool: pg.Pool, work: (sql: pg.PoolClient) => Promise<Finished<T>>): Promise<T> {
  return transact(pool, 'begin', async (sql) => {
    const { result, writes } = await work(sql);
    await inOrder([...writes.map((write) => sql.query(write)), commit(sql)]);
    return result;
  });
}

/** The server undoes by itself what it refuses to commit; of a lost answer nobody knows. */
async function commit(sql: Sql): Promise<void> {
  try {
    const { command } = await sql.query('commit');
    if (command === 'ROLLBACK') throw new pg.DatabaseError('The transaction had failed, and was rolled back.', 0, 'error');
  } catch (error) {
    throw error instanceof pg.DatabaseError ? error : new InDoubt((error as Error).message, { cause: error });
  }
}

export interface Finished<T> {
  readonly result: T;
  /** Run in this order. */
  readonly writes: readonly Query[];
}

/** @param work to the end, the commit too */
async function transact<T>(pool: pg.Pool, begin: string, work: (sql: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    // Not waited for: it leaves with the first statements of the work, and the server keeps the order.
    const [, result] = await Promise.all([client.query(begin), work(client)]);
    return result;
  } catch (error) {
    // A connection that is silent, or on which even the rollback fails, is not given back; asking a silent one would take as long again.
    if (error instanceof Error && silentMessage.test(error.message)) broken = error;
    else {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Tries again what failed for a passing reason. The work must be harmless when repeated, also when its commit came through unseen.
 * @throws DomainError UNAVAILABLE when `attempts` are used up or `deadlineMs` has passed
 */
export async function retrying<T>(work: () => Promise<T>, { attempts = 5, deadlineMs = 4_000 } = {}): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error)) throw error;
      const pauseMs = Math.random() * 20 * 2 ** attempt;
      if (attempt >= attempts || Date.now() + pauseMs > until) throw unavailable(error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
