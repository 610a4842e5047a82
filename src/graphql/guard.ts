import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { getNamedType, isObjectType } from 'graphql';
import { type ApiKeyScope, scopeAllows } from '../core/api-key.js';
import { refusal } from '../core/errors.js';
import { createArgumentReader, refuseUnstorable } from './arguments.js';
import type { Context } from './context.js';

/** What each root type needs where {@link exceptions} says nothing else. */
const ordinary: Readonly<Record<string, ApiKeyScope>> = { Query: 'READ', Subscription: 'READ', Mutation: 'ADMIN' };

/** Root fields that need another scope than their kind; null: none at all, not even a key. */
const exceptions: Readonly<Record<string, ApiKeyScope | null>> = {
  'Query.viewer': null,
  'Query.assignment': 'CLIENT',
  'Query.assignments': 'CLIENT',
  'Query.definitions': 'SERVER',
  'Query.apiKeys': 'ADMIN',
  'Query.webhooks': 'ADMIN',
  'Mutation.assign': 'CLIENT',
  'Mutation.trackEvents': 'CLIENT',
  'Subscription.assignmentsUpdated': 'CLIENT',
  'Subscription.definitionsUpdated': 'SERVER',
};

/** Root fields whose texts are judged one by one, each unit and each event for itself. */
const carriesUnits = new Set([
  'Query.assignment',
  'Query.assignments',
  'Mutation.assign',
  'Mutation.trackEvents',
  'Subscription.assignmentsUpdated',
]);

/**
 * Types of arguments whose texts are judged where they are used: ids and keys are looked up, and what cannot be one is not found or INVALID_ID;
 * the texts of a definition are refused together with all else that is wrong with it.
 */
const judgedByUse = new Set(['ID', 'CreateExperimentInput', 'UpdateExperimentInput']);

/** The scope that a root field needs; null when it needs no key. */
export function scopeOf(rootType: string, field: string): ApiKeyScope | null {
  const exception = exceptions[`${rootType}.${field}`];
  return exception === undefined ? (ordinary[rootType] ?? 'ADMIN') : exception;
}

function admit({ caller, callerFault }: Context, needed: ApiKeyScope | null, name: string): void {
  if (needed === null) return;
  if (callerFault) throw callerFault;
  if (!caller) throw refusal('UNAUTHENTICATED', `${name} needs a valid key, sent as "authorization: Bearer KEY".`);
  if (!scopeAllows(caller.scope, needed)) {
    throw refusal('FORBIDDEN', `${name} needs a key of scope ${needed}; this one has ${caller.scope}.`, [], caller.scope);
  }
}

type Resolve = GraphQLFieldResolver<unknown, Context>;

/**
 * Puts the door before every field of a built schema, in place: root fields ask for the scope that they need,
 * and all fields with arguments read null as left out. What is not named here is closed to all but the strongest key.
 *
 * @returns the same schema
 */
export function guardSchema(schema: GraphQLSchema): GraphQLSchema {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const readArguments = createArgumentReader(field);
      const name = `${type.name}.${field.name}`;
      const isRoot = roots.has(type);
      const needed = isRoot ? scopeOf(type.name, field.name) : null;
      const unjudged = carriesUnits.has(name) ? [] : field.args.filter((argument) => !judgedByUse.has(getNamedType(argument.type).name));
      const guarded =
        (resolve: Resolve): Resolve =>
        (source, args, context, info) => {
          if (isRoot) admit(context, needed, field.name);
          const read = readArguments(args);
          if (isRoot) refuseUnstorable(Object.fromEntries(unjudged.map((argument) => [argument.name, read[argument.name]])));
          return resolve(source, read, context, info);
        };
      if (field.resolve && (isRoot || field.args.length > 0)) field.resolve = guarded(field.resolve);
      if (field.subscribe) field.subscribe = guarded(field.subscribe);
    }
  }
  return schema;
}
