import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { checkComplexity, checkShape, limits } from './limits.js';

/** How a document is read, whatever brought it. */
export const parseOptions = { maxTokens: limits.tokens } as const;

/** Rules beside those of the specification. */
export function extraRules(introspection: boolean): readonly ValidationRule[] {
  return introspection ? [] : [NoSchemaIntrospectionCustomRule];
}

/** What a client asks to be run. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** An operation that may be run, or all that is wrong with it. */
export type PreparedOperation =
  | { readonly document: DocumentNode; readonly operation: OperationDefinitionNode }
  | { readonly document?: DocumentNode; readonly errors: readonly GraphQLError[] };

function coded(code: string, error: unknown): GraphQLError {
  const cause = error instanceof GraphQLError ? error : new GraphQLError(String(error));
  const { message, nodes, source, positions, originalError } = cause;
  return new GraphQLError(message, { nodes, source, positions, originalError: originalError ?? cause, extensions: { code } });
}

/**
 * Checks a valid document before it runs; both transports end here.
 *
 * @throws GraphQLError QUERY_TOO_COMPLEX
 */
export function checkOperation(schema: GraphQLSchema, document: DocumentNode, request: Omit<OperationRequest, 'query'>): void {
  checkShape(document);
  checkComplexity(schema, document, request.operationName ?? null, request.variables);
}

/**
 * Reads, validates and limits operations that come by another way than Apollo, which does the same in its own pipeline.
 * Documents that passed are remembered by their text.
 */
export function createOperationReader({ schema, introspection }: { schema: GraphQLSchema; introspection: boolean }) {
  const rules = [...specifiedRules, ...extraRules(introspection)];
  const known = new LRUCache<string, DocumentNode>({ max: 1_000, maxSize: 10_000_000, sizeCalculation: (_, text) => text.length + 1 });

  return function prepare({ query, operationName, variables }: OperationRequest): PreparedOperation {
    let document = known.get(query);
    if (!document) {
      try {
        document = parse(query, parseOptions);
      } catch (error) {
        return { errors: [coded('GRAPHQL_PARSE_FAILED', error)] };
      }
      const errors = validate(schema, document, rules);
      if (errors.length > 0) return { document, errors: errors.map((error) => coded('GRAPHQL_VALIDATION_FAILED', error)) };
      known.set(query, document);
    }
    const operation = getOperationAST(document, operationName);
    if (!operation) {
      const message = operationName ? `Unknown operation named "${operationName}".` : 'Must provide the name of one of its operations.';
      return { document, errors: [new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })] };
    }
    try {
      checkOperation(schema, document, { operationName, variables });
    } catch (error) {
      return { document, errors: [error as GraphQLError] };
    }
    return { document, operation };
  };
}
