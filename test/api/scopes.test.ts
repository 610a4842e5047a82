import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, documentOf, schema } from './operations.js';
import { openSocket } from './sockets.js';

let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

const scopes = ['CLIENT', 'SERVER', 'READ', 'ADMIN'] as const;
type Scope = (typeof scopes)[number];

const contract = buildSchema(readFileSync(new URL('../contract/schema-contract.graphql', import.meta.url), 'utf8'));

/** What the contract says that a root field needs, of one that was added to it what the schema says; null: no key. */
function neededBy(root: 'Query' | 'Mutation' | 'Subscription', field: string): Scope | null {
  const fields = [contract, schema].map((one) => one.getType(root)).flatMap((type) => (isObjectType(type) ? [type.getFields()] : []));
  const description = fields.find((known) => known[field])?.[field]?.description ?? '';
  if (/for every scope; null without a valid one/.test(description)) return null;
  const said = /\((CLIENT|SERVER|READ|ADMIN)\)/.exec(description)?.[1] as Scope | undefined;
  return said ?? (root === 'Mutation' ? 'ADMIN' : 'READ');
}

/** A value that fits a type and names nothing that there is. */
function fitting(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [fitting(nullable.ofType)];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (isInputObjectType(nullable)) {
    const needed = Object.values(nullable.getFields()).filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    return Object.fromEntries(needed.map((field) => [field.name, fitting(field.type)]));
  }
  const plain: Record<string, unknown> = {
    Int: 1,
    Float: 0.5,
    Boolean: false,
    DateTime: '2999-01-01T00:00:00Z',
    JSON: {},
    JSONObject: {},
    SafeInt: 1,
  };
  return plain[getNamedType(type).name] ?? 'nothing';
}

const rootFields = (['Query', 'Mutation', 'Subscription'] as const).flatMap((root) => {
  const type = schema.getType(root);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  return fields.map((field) => {
    const args = Object.fromEntries(field.args.map((argument) => [argument.name, fitting(argument.type)]));
    return { root, name: field.name, args, type: field.type };
  });
});

const expected = (held: Scope | null, needed: Scope | null) =>
  needed === null || (held !== null && scopes.indexOf(held) >= scopes.indexOf(needed))
    ? 'admitted'
    : held === null
      ? 'UNAUTHENTICATED'
      : 'FORBIDDEN';

const outcome = (errors: readonly { extensions: { code: string } }[] | undefined) => {
  const code = errors?.[0]?.extensions.code ?? 'admitted';
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' ? code : 'admitted';
};

function secretOf(held: Scope | null): string | null {
  if (held === null) return null;
  return service.secrets[held.toLowerCase() as Lowercase<Scope>];
}

describe.each([null, ...scopes])('with a key of scope %s', (held) => {
  test('every query and mutation asks for the scope that the contract says', async () => {
    const found: Record<string, string> = {};
    const said: Record<string, string> = {};
    for (const { root, name, args } of rootFields) {
      if (root === 'Subscription') continue;
      said[name] = expected(held, neededBy(root, name));
      found[name] = outcome((await service.send(documentOf(name, args), args, secretOf(held))).errors);
    }
    expect(Object.keys(said).length).toBeGreaterThan(25);
    expect(found).toEqual(said);
  });

  test('a socket is asked for the same', async () => {
    const socket = await openSocket(service.url, secretOf(held));
    const found: Record<string, string> = {};
    const said: Record<string, string> = {};
    for (const { root, name, args } of rootFields) {
      said[name] = expected(held, neededBy(root, name));
      found[name] = outcome((await socket.ask(documentOf(name, args), args)).errors);
    }
    expect(found).toEqual(said);
    await socket.close();
  });
});

test('from what a CLIENT key may ask no way leads to anything else', () => {
  const reached = new Set<string>();
  const reach = (name: string): void => {
    const type = schema.getType(name);
    if (reached.has(name) || !(isObjectType(type) || isInterfaceType(type))) return;
    reached.add(name);
    for (const field of Object.values(type.getFields())) reach(getNamedType(field.type).name);
  };
  for (const { root, name, type } of rootFields) {
    const needed = neededBy(root, name);
    if (needed === null || needed === 'CLIENT') reach(getNamedType(type).name);
  }
  expect([...reached].sort()).toEqual(['ApiKey', 'Assignment', 'EventResult', 'TrackEventsPayload']);
});

test('what a key may not see hides nothing of what it may', async () => {
  const query =
    '{viewer {scope} assignment(experimentKey: "x", unit: {userId: "u"}) {reason} secret: experiments {totalCount} apiKeys {id}}';
  const { data, errors } = await service.send(query, {}, 'client');
  expect(data).toEqual({ viewer: { scope: 'CLIENT' }, assignment: { reason: 'NOT_FOUND' }, secret: null, apiKeys: null });
  expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['secret'], 'FORBIDDEN'],
    [['apiKeys'], 'FORBIDDEN'],
  ]);
});

test('a key that there is not is none over HTTP, and is not admitted to a socket', async () => {
  for (const secret of ['x'.repeat(40), `${service.secrets.admin}x`, '0'.repeat(500)]) {
    const { data } = await service.send('{viewer {id}}', {}, secret);
    expect(data).toEqual({ viewer: null });
    expect((await api.call('experiments', {}, { key: secret, selection: '{totalCount}' })).errors?.[0].extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    expect((await (await openSocket(service.url, secret)).closed()).code).toBe(4403);
  }
});
