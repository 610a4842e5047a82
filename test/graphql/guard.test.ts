import { buildSchema, type GraphQLError, type GraphQLObjectType, graphql, parse, subscribe } from 'graphql';
import { expect, test } from 'vitest';
import type { ApiKeyScope } from '../../src/core/api-key.js';
import { DomainError } from '../../src/core/errors.js';
import type { Context } from '../../src/graphql/context.js';
import { guardSchema, scopeOf } from '../../src/graphql/guard.js';
import { createSchema } from '../../src/graphql/schema.js';

type Args = Record<string, unknown>;

/** A schema with names of the real one, whose fields answer with the arguments that they got. */
function createTinySchema() {
  const schema = buildSchema(`
    type Query {
      viewer: String
      assignment(unit: String): String
      experiment(key: String, size: Int = 3, last: Int): String
      apiKeys: String
      thing: Thing
    }
    type Thing { parts(first: Int = 5, after: String): String }
    type Mutation { trackEvents(text: String): String, createExperiment(name: String, tags: [String]): String }
    type Subscription { weightsUpdated(after: Int): Int }
  `);
  const answer = (_: unknown, args: Args) => JSON.stringify(args);
  const fieldsOf = (name: string) => (schema.getType(name) as GraphQLObjectType).getFields();
  for (const type of ['Query', 'Mutation', 'Thing']) for (const field of Object.values(fieldsOf(type))) field.resolve = answer;
  Object.assign(fieldsOf('Query').thing as object, { resolve: () => ({}) });
  Object.assign(fieldsOf('Subscription').weightsUpdated as object, {
    subscribe: async function* (_: unknown, { after }: Args) {
      yield { weightsUpdated: after ?? -1 };
    },
  });
  return guardSchema(schema);
}

const schema = createTinySchema();

function contextOf(scope: ApiKeyScope | null, callerFault: DomainError | null = null): Context {
  return { caller: scope && ({ id: 'k', name: 'key', scope } as Context['caller']), callerFault } as Context;
}

const codeOf = (error: GraphQLError | undefined) =>
  error?.originalError instanceof DomainError ? error.originalError.code : error?.message;

async function run(source: string, scope: ApiKeyScope | null, variableValues: Args = {}) {
  const { data, errors } = await graphql({ schema, source, contextValue: contextOf(scope), variableValues });
  return errors ? codeOf(errors[0]) : Object.values(data ?? {})[0];
}

test.each([
  ['{viewer}', ['{}', '{}', '{}', '{}']],
  ['{assignment}', ['UNAUTHENTICATED', '{}', '{}', '{}']],
  ['{experiment}', ['UNAUTHENTICATED', 'FORBIDDEN', '{"size":3}', '{"size":3}']],
  ['{apiKeys}', ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN', '{}']],
  ['mutation {trackEvents}', ['UNAUTHENTICATED', '{}', '{}', '{}']],
  ['mutation {createExperiment}', ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN', '{}']],
])('%s without a key, with CLIENT, READ and ADMIN: %j', async (source, expected) => {
  expect(await Promise.all(([null, 'CLIENT', 'READ', 'ADMIN'] as const).map((scope) => run(source, scope)))).toEqual(expected);
});

test('a stream asks for the scope before it opens', async () => {
  const open = (scope: ApiKeyScope | null) =>
    subscribe({ schema, document: parse('subscription {weightsUpdated(after: 4)}'), contextValue: contextOf(scope) });
  expect(await open('CLIENT')).toMatchObject({ errors: [{ originalError: { code: 'FORBIDDEN' } }] });
  const stream = (await open('READ')) as AsyncGenerator<{ data: unknown }>;
  expect((await stream.next()).value).toEqual({ data: { weightsUpdated: 4 } });
});

test('says which scope the key has and which one it needs', async () => {
  const { errors } = await graphql({ schema, source: '{experiment}', contextValue: contextOf('CLIENT') });
  expect(errors?.[0]?.message).toBe('experiment needs a key of scope READ; this one has CLIENT.');
});

test('says that nobody can tell now, rather than that the key is not valid', async () => {
  const away = new DomainError([{ code: 'UNAVAILABLE', message: 'away', path: [] }]);
  const { errors, data } = await graphql({ schema, source: '{viewer experiment}', contextValue: contextOf(null, away) });
  expect(codeOf(errors?.[0])).toBe('UNAVAILABLE');
  expect(data).toMatchObject({ viewer: '{}', experiment: null });
});

test('takes null for left out, and puts the default in its place', async () => {
  const source = 'query ($k: String, $s: Int, $l: Int) {experiment(key: $k, size: $s, last: $l)}';
  expect(await run(source, 'READ', { k: null, s: null, l: null })).toBe('{"size":3}');
  expect(await run(source, 'READ', { k: 'a', s: 7 })).toBe('{"key":"a","size":7}');
  const { data } = await graphql({ schema, source: '{thing {parts(first: null, after: null)}}', contextValue: contextOf('READ') });
  expect(data).toEqual({ thing: { parts: '{"first":5}' } });
});

test('refuses texts that no store keeps, all at once, but lets those pass that are judged one by one', async () => {
  const variables = { name: 'a\0b', tags: ['fine', '\ud800'] };
  const source = 'mutation ($name: String, $tags: [String]) {createExperiment(name: $name, tags: $tags)}';
  const { errors } = await graphql({ schema, source, contextValue: contextOf('ADMIN'), variableValues: variables });
  expect(errors?.[0]?.originalError).toMatchObject({ problems: [{ path: ['name'] }, { path: ['tags', '1'] }] });
  expect(await run('mutation ($t: String) {trackEvents(text: $t)}', 'CLIENT', { t: '\0' })).toBe('{"text":"\\u0000"}');
});

test('every root field of the API needs the scope that its description says', () => {
  const api = createSchema();
  for (const type of [api.getQueryType(), api.getMutationType(), api.getSubscriptionType()]) {
    for (const { name, description } of Object.values(type?.getFields() ?? {})) {
      const said = /\((CLIENT|SERVER|READ|ADMIN)\)\.$/.exec(description ?? '')?.[1] ?? (type?.name === 'Mutation' ? 'ADMIN' : 'READ');
      expect([name, scopeOf(type?.name ?? '', name)]).toEqual([name, name === 'viewer' ? null : said]);
    }
  }
});
