import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const unit = { userId: 'u1', attributes: { region: 'US' } };
let service: RunningService;

const definition = {
  key: 'every-field',
  name: 'Every field',
  hypothesis: 'All of it can be read.',
  owner: 'tests',
  tags: ['a', 'b'],
  design: 'BANDIT',
  exclusionGroup: 'group',
  variants: [
    { key: 'control', weight: 0.5, isControl: true, payload: { color: 'red' } },
    { key: 'treatment', weight: 0.5, name: 'Treatment' },
  ],
  metrics: {
    primary: { key: 'purchase', type: 'CONVERSION' },
    secondary: [{ key: 'revenue', type: 'CONTINUOUS', windowHours: 24 }],
    guardrails: [{ key: 'crash', threshold: 0.01 }],
  },
  targeting: { include: ['region:US'], exclude: ['bot:true'] },
};

beforeAll(async () => {
  service = await startService();
  await service.ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }', {
    input: definition,
  });
  await service.ask('mutation { startExperiment(key: "every-field") { experiment { status } } }');
  await service.ask('mutation ($unit: UnitInput!) { assign(experimentKey: "every-field", unit: $unit) { reason } }', { unit });
  const events = [{ eventId: 'e1', metric: 'purchase', unit, occurredAt: new Date().toISOString() }];
  await service.ask('mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted } }', { input: { events } });
  await service.ask('mutation { setOverride(key: "every-field", unitId: "qa", variant: "control") { experiment { revision } } }');
  await service.ask('mutation { evaluateExperiment(key: "every-field") { evaluation { sequence } } }');
});
afterAll(() => service.remove());

const needsArguments = (field: GraphQLField<unknown, unknown>) =>
  field.args.some((argument) => isNonNullType(argument.type) && argument.defaultValue === undefined);

/** A selection of every field that there is, down to where types come again. */
function everyField(type: GraphQLObjectType, above: readonly string[] = []): string {
  const within = [...above, type.name];
  const fields = Object.values(type.getFields()).map((field) => {
    const named = getNamedType(field.type);
    if (!isCompositeType(named)) return field.name;
    if (isInterfaceType(named) || within.includes(named.name) || needsArguments(field)) return null;
    return `${field.name} ${everyField(named as GraphQLObjectType, within)}`;
  });
  return `{ __typename ${fields.filter((text) => text !== null).join(' ')} }`;
}

const every = (name: string) => everyField(schema.getType(name) as GraphQLObjectType);

/** All nodes in an answer: ids with the types that they stand in. */
function nodesIn(value: unknown, found = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const item of value) nodesIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    const { id, __typename } = value as { id?: string; __typename?: string };
    if (id && __typename) found.set(id, __typename);
    for (const member of Object.values(value)) nodesIn(member, found);
  }
  return found;
}

test('every field of an experiment can be read in one request, and what it defines makes it again', async () => {
  const { experiment } = await service.ask(`{ experiment(key: "every-field") ${every('Experiment')} }`);
  expect(experiment).toMatchObject({
    status: 'RUNNING',
    exclusion: { group: 'group', start: 0, end: 1 },
    allocation: { version: 1, cause: 'START', endedAt: null },
    allocations: { totalCount: 1 },
    evaluations: { totalCount: 1, nodes: [{ sequence: 1, srm: { passed: true } }] },
    results: { sequence: 1, decision: 'INSUFFICIENT_DATA', comparisons: { length: 3 } },
    overrides: [{ unitId: 'qa', variant: 'control' }],
    control: { key: 'control', payload: { color: 'red' } },
  });
  const mutation = 'mutation ($input: CreateExperimentInput!) { applyExperiment(input: $input) { outcome changes { path } } }';
  const { applyExperiment } = await service.ask(mutation, { input: experiment.definition });
  expect(applyExperiment).toEqual({ outcome: 'UNCHANGED', changes: [] });
});

test('every node is fetched again by its id', async () => {
  const parts = [
    `experiment(key: "every-field") ${every('Experiment')}`,
    `auditLog ${every('AuditConnection')} apiKeys ${every('ApiKey')}`,
  ];
  const answers = await Promise.all(parts.map((part) => service.ask(`{ ${part} }`)));
  const known = nodesIn(answers);
  expect(new Set(known.values())).toEqual(
    new Set(['Experiment', 'Variant', 'Metric', 'Allocation', 'ExperimentCounts', 'Evaluation', 'AuditEntry', 'ApiKey']),
  );
  const ids = [...known.keys()];
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }';
  const { nodes } = await service.ask(query, { ids: [...ids, 'nothing'] });
  expect(nodes).toEqual([...ids.map((id) => ({ id, __typename: known.get(id) })), null]);
});

test('node shows a key no more than it may see', async () => {
  const { apiKeys } = await service.ask('{ apiKeys { id scope } }');
  const admin = apiKeys.find(({ scope }: { scope: string }) => scope === 'ADMIN');
  const query = 'query ($id: ID!) { node(id: $id) { id } viewer { id } }';
  const { node, viewer } = await service.ask(query, { id: admin.id }, 'read');
  expect(node).toBeNull();
  expect((await service.ask(query, { id: viewer.id }, 'read')).node).toEqual({ id: viewer.id });
  expect((await service.send(query, { id: viewer.id }, 'client')).errors?.[0].extensions.code).toBe('FORBIDDEN');
});

test('a list is paged through without gap or repetition, from either end', async () => {
  const query = `query ($first: Int, $last: Int, $after: String, $before: String) {
    auditLog(first: $first, last: $last, after: $after, before: $before) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }
  }`;
  const page = async (variables: object) =>
    (await service.ask(query, { first: null, last: null, after: null, before: null, ...variables })).auditLog;
  const whole = await page({});
  expect(whole.nodes).toHaveLength(whole.totalCount);
  const forward: unknown[] = [];
  for (let after = null as string | null, more = true; more; ) {
    const { nodes, pageInfo } = await page({ first: 2, after });
    forward.push(...nodes);
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  expect(forward).toEqual(whole.nodes);
  const tail = await page({ last: 2 });
  expect(tail.nodes).toEqual(whole.nodes.slice(-2));
  const before = await page({ last: 1, before: tail.pageInfo.startCursor });
  expect(before.nodes).toEqual(whole.nodes.slice(-3, -2));
  expect((await service.send(query, { first: 1, last: 1 })).errors?.[0].extensions.code).toBe('NOT_EXACTLY_ONE');
});

test('tells every fault of an input at once, by its place in the input', async () => {
  const input = {
    ...definition,
    key: 'Bad Key',
    variants: [
      { key: 'a', weight: 0.5 },
      { key: 'a', weight: 0.4 },
    ],
    metrics: { ...definition.metrics, guardrails: [{ key: 'crash', threshold: -1 }] },
  };
  const mutation = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }';
  const { data, errors } = await service.send(mutation, { input });
  expect(data).toEqual({ createExperiment: null });
  const { code, problems } = errors?.[0].extensions ?? {};
  expect(code).toBe(problems[0].code);
  const found = problems.map((problem: { code: string; path: string[] }) => `${problem.code} ${problem.path.join('.')}`);
  for (const expected of [
    'INVALID_KEY key',
    'DUPLICATE_KEY variants.1.key',
    'WEIGHTS_DO_NOT_SUM_TO_ONE variants',
    'INVALID_RANGE metrics.guardrails.0.threshold',
  ]) {
    expect(found).toContain(expected);
  }
});

test('tells the present revision after a conflict', async () => {
  const { errors } = await service.send('mutation { pauseExperiment(key: "every-field", expectedRevision: 1) { experiment { id } } }');
  const { experiment } = await service.ask('{ experiment(key: "every-field") { revision } }');
  expect(errors?.[0].extensions).toMatchObject({ code: 'REVISION_CONFLICT', revision: experiment.revision, retryable: false });
});

test('a new key works until it is revoked, and its secret is shown once', async () => {
  const mutation = 'mutation { createApiKey(name: "pipeline", scope: READ, idempotencyKey: "k1") { apiKey { id scope } secret } }';
  const { createApiKey: first } = await service.ask(mutation);
  const { createApiKey: again } = await service.ask(mutation);
  expect(again).toEqual({ apiKey: first.apiKey, secret: null });
  expect(await service.ask('{ viewer { id } }', {}, first.secret)).toEqual({ viewer: { id: first.apiKey.id } });
  await service.ask('mutation ($id: ID!) { revokeApiKey(id: $id) { apiKey { revokedAt } } }', { id: first.apiKey.id });
  const { errors } = await service.send('{ apiKeys { id } }', {}, first.secret);
  expect(errors?.[0].extensions.code).toBe('UNAUTHENTICATED');
  const { errors: reused } = await service.send(mutation.replace('pipeline', 'other'));
  expect(reused?.[0].extensions.code).toBe('IDEMPOTENCY_KEY_REUSED');
});
