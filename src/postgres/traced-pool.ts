import { AsyncResource } from 'node:async_hooks';
import type pg from 'pg';
import type { Span, Tracer } from '../services/tracer.js';

type Answer = (error: Error | undefined, ...rest: unknown[]) => void;

/**
 * The pool, each of whose statements has a span, below what asks for it. It is told by its name, or by what it does to which table: texts are
 * left out, and values are never looked at.
 */
export function tracePool(pool: pg.Pool, tracer: Tracer): pg.Pool {
  pool.on('connect', (client) => traceClient(client, tracer));
  // Whoever waits for a connection is called by the one who gives it back: in the place of the other, were it not bound here.
  const connect = pool.connect.bind(pool) as (answer?: Answer) => Promise<pg.PoolClient>;
  pool.connect = ((answer?: Answer) => connect(answer && AsyncResource.bind(answer))) as typeof pool.connect;
  return pool;
}

function traceClient(client: pg.PoolClient, tracer: Tracer): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    const name = nameOf(args[0]);
    const span = tracer.child(name, { kind: 'client', attributes: { 'db.system.name': 'postgresql', 'db.query.summary': name } });
    return span ? ended(span, query, args) : query(...args);
  }) as typeof client.query;
}

function ended(span: Span, query: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
  const answer = args.at(-1);
  if (typeof answer === 'function') {
    return query(...args.slice(0, -1), (error: Error | undefined, ...rest: unknown[]) => {
      span.end(error ?? undefined);
      (answer as Answer)(error, ...rest);
    });
  }
  const result = query(...args);
  if (result instanceof Promise) {
    result.then(
      () => span.end(),
      (error: unknown) => span.end(error),
    );
  } else span.end();
  return result;
}

const verb =
  /^\W*(with|select|insert|update|delete|begin|commit|rollback|set|truncate|create|alter|drop|lock|savepoint|release|explain|analyze|listen|notify)\b/i;
const table = /\b(?:from|into|update|table(?: if (?:not )?exists)?)\s+(?:only\s+)?"?(?:public"?\.)?"?([a-z_]\w*)/i;

/** The name that a statement has, else its verb and the first table that it names. */
function nameOf(statement: unknown): string {
  const { name, text } = typeof statement === 'string' ? { name: '', text: statement } : (statement as { name?: string; text?: string });
  if (name) return name;
  const what = verb.exec(text ?? '')?.[1]?.toLowerCase() ?? 'statement';
  const of = table.exec(text ?? '')?.[1];
  return of ? `${what} ${of}` : what;
}
