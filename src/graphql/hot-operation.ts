import {
  type DocumentNode,
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
} from 'graphql';
import type { Context } from './context.js';
import { createArgumentsReader, createVariableReader, type ReadArguments, type ReadVariables } from './hot-input.js';
import { type Complete, completerOf, type Fragments, fieldsOf, type Place } from './hot-output.js';

/**
 * Operations that carry the load, made ready once and then run without looking at the document again: by the same resolvers with the same
 * arguments, context and rules for faults as graphql runs them.
 */
const hotFields = new Set(['Query.assignment', 'Query.assignments', 'Mutation.assign', 'Mutation.trackEvents']);

/** Whether a text may be a document of hot operations: cheaper than reading it. */
export const mayBeHot = (query: string): boolean => /assign|trackEvents/.test(query);

interface RootField {
  readonly key: string;
  readonly nodes: readonly FieldNode[];
  readonly definition: GraphQLField<unknown, unknown>;
  infoOf(variableValues: Record<string, unknown>): GraphQLResolveInfo;
  readonly readArguments: ReadArguments;
  readonly place: Place;
  readonly complete: Complete;
  readonly isNonNull: boolean;
}

export interface HotOperation {
  readonly readVariables: ReadVariables;
  /** Arguments of each root field. @throws what graphql finds wrong with them */
  readArguments(variables: Record<string, unknown>): readonly Record<string, unknown>[];
  /** Never rejects or throws; a promise only where something is waited for. */
  run(request: HotRequest): HotResult | Promise<HotResult>;
}

export interface HotRequest {
  readonly args: readonly Record<string, unknown>[];
  readonly variables: Record<string, unknown>;
  readonly context: Context;
}

export interface HotResult {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly GraphQLError[];
}

/**
 * Makes an operation ready.
 *
 * @param document  valid for the schema and within the limits
 * @returns null for one that graphql has to run
 */
export function compileHot(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): HotOperation | null {
  const parentType = schema.getRootType(operation.operation);
  const fragments: Fragments = Object.fromEntries(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const selected = parentType && !operation.directives?.length && fieldsOf(operation.selectionSet, parentType, fragments);
  if (!selected || !parentType) return null;
  const fields: RootField[] = [];
  for (const [key, nodes] of selected) {
    const field = rootField({ schema, operation, fragments, parentType, key, nodes });
    if (!field) return null;
    fields.push(field);
  }
  const isSerial = operation.operation === 'mutation';

  return {
    readVariables: createVariableReader(schema, operation),
    readArguments: (variables) => fields.map((field) => field.readArguments(variables)),
    run(request) {
      const errors: GraphQLError[] = [];
      const data: Record<string, unknown> = {};
      // In the order of the document, whatever is answered first.
      for (const { key } of fields) data[key] = null;
      const answer = (field: RootField, i: number) => answerField({ field, args: request.args[i] ?? {}, request, data, errors });
      const failed = (error: unknown): HotResult => ({ data: null, errors: [...errors, error as GraphQLError] });
      try {
        const [only] = fields;
        const answered = fields.length === 1 && only ? answer(only, 0) : answerAll(fields, answer, isSerial);
        return answered ? answered.then(() => ({ data, errors }), failed) : { data, errors };
      } catch (error) {
        return failed(error);
      }
    },
  };
}

async function answerAll(fields: readonly RootField[], answer: (field: RootField, i: number) => void | Promise<void>, isSerial: boolean) {
  if (isSerial) for (const [i, field] of fields.entries()) await answer(field, i);
  else await Promise.all(fields.map(async (field, i) => answer(field, i)));
}

interface RootFieldParts extends Pick<GraphQLResolveInfo, 'schema' | 'operation' | 'fragments' | 'parentType'> {
  readonly parentType: GraphQLObjectType;
  readonly key: string;
  readonly nodes: readonly FieldNode[];
}

function rootField({ key, nodes, schema, operation, fragments, parentType }: RootFieldParts): RootField | null {
  const [node] = nodes;
  const name = node?.name.value ?? '';
  const definition = parentType.getFields()[name];
  if (!node || !definition?.resolve || !hotFields.has(`${parentType.name}.${name}`)) return null;
  const complete = completerOf(definition.type, nodes, fragments, `${parentType.name}.${name}`);
  if (!complete) return null;
  const path = { prev: undefined, key, typename: parentType.name };
  // Written out: to spread what is the same for all requests and add a member costs ten times as much.
  const infoOf = (variableValues: Record<string, unknown>): GraphQLResolveInfo => ({
    fieldName: name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType,
    path,
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues,
  });
  const place = { prev: undefined, key, typename: undefined };
  const readArguments = createArgumentsReader(definition, node);
  return { key, nodes, definition, infoOf, readArguments, place, complete, isNonNull: isNonNullType(definition.type) };
}

interface FieldAnswer {
  readonly field: RootField;
  readonly args: Record<string, unknown>;
  readonly request: HotRequest;
  readonly data: Record<string, unknown>;
  readonly errors: GraphQLError[];
}

/** Puts the field into the data. @throws GraphQLError, with its place, where it may not be null; rejects with it where it is a promise */
function answerField({ field, args, request, data, errors }: FieldAnswer): void | Promise<void> {
  const { definition, nodes, key, place } = field;
  const put = (value: unknown) => {
    data[key] = field.complete(value, place, errors);
  };
  const fail = (fault: unknown) => {
    const error = locatedError(fault, nodes, [key]);
    if (field.isNonNull) throw error;
    errors.push(error);
  };
  try {
    const value = definition.resolve?.(undefined, args, request.context, field.infoOf(request.variables));
    if (value instanceof Promise) return value.then(put).catch(fail);
    put(value);
  } catch (fault) {
    fail(fault);
  }
}
