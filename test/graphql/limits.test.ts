import { buildSchema, GraphQLError, getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import { limits } from '../../src/graphql/limits.js';
import { createOperationReader } from '../../src/graphql/operation.js';

const schema = buildSchema(`
  type Query { thing: Thing, things(first: Int, last: Int): ThingConnection, nodes(ids: [ID!]!): [Thing!]! }
  type ThingConnection { nodes: [Thing!]!, edges: [ThingEdge!]! }
  type ThingEdge { node: Thing! }
  type Thing { id: ID!, thing: Thing, parts: [Thing!]!, things(first: Int): ThingConnection }
`);
const prepare = createOperationReader({ schema, introspection: true });

/** Codes of what is wrong, and the numbers of the first message. */
function refused(query: string, variables: Record<string, unknown> = {}, operationName?: string): readonly unknown[] {
  const prepared = prepare({ query, variables, operationName });
  return 'errors' in prepared ? prepared.errors.map(({ extensions }) => extensions.code) : [];
}

const nested = (depth: number) => `${'{thing '.repeat(depth - 1)}{id}${'}'.repeat(depth - 1)}`;

test('lets the introspection query of tools through', () => {
  expect(refused(getIntrospectionQuery({ descriptions: true, schemaDescription: true, inputValueDeprecation: true }))).toEqual([]);
});

test('refuses selections deeper than the limit, fragments counted', () => {
  expect(refused(nested(limits.depth))).toEqual([]);
  expect(refused(nested(limits.depth + 1))).toEqual(['QUERY_TOO_COMPLEX']);
  const spread = `{thing {...F}} fragment F on Thing {${nested(limits.depth).slice(1)}`;
  expect(refused(spread)).toEqual(['QUERY_TOO_COMPLEX']);
});

test('refuses more aliases, root fields and operations than the limits', () => {
  const roots = (count: number) => `{${Array.from({ length: count }, (_, i) => `a${i}: __typename`).join(' ')}}`;
  expect(refused(roots(limits.rootFields))).toEqual([]);
  expect(refused(roots(limits.rootFields + 1))).toEqual(['QUERY_TOO_COMPLEX']);
  const aliases = (count: number) => `{thing {${Array.from({ length: count }, (_, i) => `a${i}: id`).join(' ')}}}`;
  expect(refused(aliases(limits.aliases))).toEqual([]);
  expect(refused(aliases(limits.aliases + 1))).toEqual(['QUERY_TOO_COMPLEX']);
  const operations = (count: number) => Array.from({ length: count }, (_, i) => `query Q${i} {__typename}`).join(' ');
  expect(refused(operations(limits.operations), {}, 'Q0')).toEqual([]);
  expect(refused(operations(limits.operations + 1), {}, 'Q0')).toEqual(['QUERY_TOO_COMPLEX']);
});

test('counts what fragments multiply without writing it out', () => {
  const chain = Array.from({ length: 11 }, (_, i) => `fragment F${i} on Thing {...F${i + 1} ...F${i + 1}}`).join(' ');
  const startedAt = performance.now();
  expect(refused(`{thing {...F0}} ${chain} fragment F11 on Thing {id}`)).toEqual(['QUERY_TOO_COMPLEX']);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('gives up on a document of too many tokens while it reads it', () => {
  const long = `{${'__typename '.repeat(limits.tokens)}}`;
  const prepared = prepare({ query: long });
  expect('errors' in prepared && prepared.errors[0]).toBeInstanceOf(GraphQLError);
  expect('errors' in prepared && prepared.errors[0]?.message).toContain('tokens');
});

test('multiplies fields by the sizes of their lists, from literals and variables alike', () => {
  const query = 'query ($n: Int) {things(first: $n) {nodes {things(first: $n) {nodes {id parts {id}}}}}}';
  expect(refused(query, { n: 10 })).toEqual([]);
  expect(refused(query, { n: 100 })).toEqual(['QUERY_TOO_COMPLEX']);
  expect(refused(query, { n: 10 })).toEqual([]);
  expect(refused(query.replaceAll('$n)', '100)').replace('query ($n: Int) ', ''))).toEqual(['QUERY_TOO_COMPLEX']);
});

test('takes a size out of range for the largest allowed, so that the list itself can refuse it', () => {
  expect(refused('{things(first: 1000000) {nodes {id}}}')).toEqual([]);
  expect(refused('{things(last: -5) {nodes {id}}}')).toEqual([]);
});

test('leaves variables that do not fit to be named by the execution', () => {
  expect(refused('query ($ids: [ID!]!) {nodes(ids: $ids) {id}}', {})).toEqual([]);
});

test('answers a document that cannot be read or is not valid with its code', () => {
  expect(refused('{')).toEqual(['GRAPHQL_PARSE_FAILED']);
  expect(refused('{nothing} ')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  expect(refused('query A {__typename} query B {__typename}')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
  expect(refused('query A {__typename}', {}, 'C')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
});

test('refuses introspection where it is off, and still names types', () => {
  const closed = createOperationReader({ schema, introspection: false });
  expect('errors' in closed({ query: '{__schema {types {name}}}' })).toBe(true);
  expect('errors' in closed({ query: '{__type(name: "Thing") {name}}' })).toBe(true);
  expect('errors' in closed({ query: '{__typename thing {__typename}}' })).toBe(false);
});
