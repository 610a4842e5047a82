import type { OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Context } from './context.js';
import { unusual } from './hot-input.js';
import { compileHot, type HotOperation, mayBeHot } from './hot-operation.js';
import { later } from './later.js';
import { checkComplexity } from './limits.js';
import { next } from './next.js';
import type { PersistedDocuments } from './persisted.js';
import type { GraphqlServer } from './server.js';

/** A request that the hot path answers; nothing of it has run yet. */
export interface HotReady {
  readonly definition: OperationDefinitionNode;
  run(context: Context): HotAnswer | Promise<HotAnswer>;
}

export interface HotAnswer {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  /** JSON. */
  readonly body: string;
}

export interface HotPathParts extends Pick<GraphqlServer, 'schema' | 'prepare' | 'translate'> {
  readonly persisted: PersistedDocuments;
}

/** What is kept of a document: the operation made ready, or null for one that is not hot. */
interface Known {
  readonly document: Parameters<typeof checkComplexity>[1];
  readonly definition: OperationDefinitionNode;
  readonly operation: HotOperation | null;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The short way in front of Apollo, for operations that are made of hot fields alone.
 *
 * It takes what it knows how to answer and leaves the rest, right or wrong, before anything has run: so whatever is refused for its form,
 * its limits or its variables is refused in Apollo's words.
 */
export function createHotPath({ schema, prepare, persisted, translate }: HotPathParts) {
  const known = new LRUCache<string, Known>({ max: 1_000, maxSize: 10_000_000, sizeCalculation: (_, name) => name.length });

  let last: { readonly name: string; readonly known: Known } | null = null;

  function find(query: string, operationName: string | null): Known | null {
    const name = operationName === null ? query : `${operationName}\n${query}`;
    // Most ask what the one before asked, and to compare the text costs less than to hash it.
    if (last?.name === name) return last.known;
    const found = known.get(name);
    if (found) {
      last = { name, known: found };
      return found;
    }
    if (!mayBeHot(query)) return null;
    const prepared = prepare({ query, operationName });
    if (!('operation' in prepared)) return null;
    const { document, operation } = prepared;
    const made = { document, definition: operation, operation: compileHot(schema, document, operation) };
    known.set(name, made);
    return made;
  }

  /** The document asked for, in words or by its hash; null where Apollo has to look, as when one is registered. */
  function queryOf({ query, extensions }: Record<string, unknown>): string | null {
    if (extensions === undefined || extensions === null) return typeof query === 'string' && query !== '' ? query : null;
    if (query !== undefined || !isRecord(extensions) || !isRecord(extensions.persistedQuery)) return null;
    const { version, sha256Hash } = extensions.persistedQuery;
    return version === 1 && typeof sha256Hash === 'string' ? (persisted.find(sha256Hash) ?? null) : null;
  }

  /** @param body  as JSON gave it. @returns null for a request that is left to Apollo */
  return function readHot(body: unknown): HotReady | null {
    if (!isRecord(body)) return null;
    const { operationName = null, variables: given } = body;
    if (operationName !== null && typeof operationName !== 'string') return null;
    if (given !== undefined && given !== null && !isRecord(given)) return null;
    const query = queryOf(body);
    const found = query === null ? null : find(query, operationName);
    if (!found?.operation) return null;
    const { document, definition, operation } = found;
    const variables = operation.readVariables(given ?? {});
    if (variables === unusual) return null;
    let args: ReturnType<HotOperation['readArguments']>;
    try {
      checkComplexity(schema, document, operationName, given);
      args = operation.readArguments(variables);
    } catch {
      return null;
    }
    return {
      definition,
      run: (context) =>
        next(operation.run({ args, variables, context }), ({ data, errors: faults }) => {
          if (faults.length === 0) return { status: 200, retryAfterSeconds: null, body: `${JSON.stringify({ data })}\n` };
          const errors = faults.map((fault) => translate(fault, { requestId: context.requestId, document }));
          const wait = later(data, errors);
          return {
            status: wait?.status ?? 200,
            retryAfterSeconds: wait?.retryAfterSeconds ?? null,
            body: `${JSON.stringify({ errors, data })}\n`,
          };
        }),
    };
  };
}

export type ReadHot = ReturnType<typeof createHotPath>;
