import type { GraphQLInterfaceType, GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, problemsOf, sampleInput, schema } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
/** An id of each type of node. */
let ids: Record<string, string>;

beforeAll(async () => {
  service = await startService();
  const { key } = (await api.done('createExperiment', { input: sampleInput() })).experiment;
  await api.done('startExperiment', { key });
  await api.done('evaluateExperiment', { key });
  await api.done('rollbackExperiment', { key, reason: 'harm' });
  const fields = '{id variants {id} metrics {id} allocation {id} results {id} counts {id} alerts {nodes {id}}}';
  const experiment = await api.done('experiment', { key }, fields);
  ids = {
    Experiment: experiment.id,
    Variant: experiment.variants[1].id,
    Metric: experiment.metrics[0].id,
    Allocation: experiment.allocation.id,
    Evaluation: experiment.results.id,
    ExperimentCounts: experiment.counts.id,
    Alert: experiment.alerts.nodes[0].id,
    AuditEntry: (await api.done('auditLog', {}, '{nodes {id}}')).nodes[0].id,
    ApiKey: (await api.done('apiKeys', {}, '{id}'))[0].id,
  };
});
afterAll(() => service.remove());

test('every type of node is fetched again by its id, with what it held', async () => {
  const types = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType).map(({ name }: GraphQLObjectType) => name);
  expect(Object.keys(ids).sort()).toEqual([...types].sort());
  for (const [type, id] of Object.entries(ids)) expect(await api.done('node', { id })).toEqual({ __typename: type, id });
  const wanted = Object.entries(ids).map(([__typename, id]) => ({ __typename, id }));
  expect(await api.done('nodes', { ids: Object.values(ids) })).toEqual(wanted);
  expect(new Set(Object.values(ids)).size).toBe(types.length);
  const detail =
    '{... on Variant {key payload} ... on Metric {key role} ... on Allocation {version weights {weight}} ... on Alert {kind} ... on ExperimentCounts {variants {variant}}}';
  const held = await api.done('nodes', { ids: Object.values(ids) }, detail);
  expect(held[1]).toEqual({ key: 'green', payload: { colour: 'green' } });
  expect(held[3]).toEqual({ version: 2, weights: [{ weight: 1 }, { weight: 0 }] });
});

test('ids of nothing are null, in their place', async () => {
  const text = (id: string) => Buffer.from(id, 'base64url').toString('utf8');
  const coded = (parts: string) => Buffer.from(parts).toString('base64url');
  const experiment = text(ids.Experiment ?? '').slice(2);
  const odd = [
    '',
    'nothing',
    '\u0000',
    '\ud800',
    `${ids.Experiment}=`,
    ` ${ids.Experiment}`,
    coded('x:'),
    coded(`x:${experiment}:more`),
    coded('x:00000000-0000-0000-0000-000000000000'),
    coded(`v:${experiment}:__proto__`),
    coded(`v:${experiment}:constructor`),
    coded(`a:${experiment}:0`),
    coded(`a:${experiment}:99999999999999999999`),
    coded(`e:${experiment}:1e3`),
    coded('u:99999999999999999'),
    coded('u:1.5'),
    coded('l:not-a-uuid'),
    coded(`z:${experiment}`),
    coded('__proto__:x'),
    'x'.repeat(5_000),
  ];
  const asked = odd.flatMap((id) => [id, ids.Variant ?? '']);
  expect(await api.done('nodes', { ids: asked })).toEqual(odd.flatMap(() => [null, { __typename: 'Variant', id: ids.Variant }]));
  for (const id of odd) expect(await api.done('node', { id }), id).toBeNull();
});

test('at most 100 are fetched at once', async () => {
  const many = (count: number) => ({ ids: Array.from({ length: count }, () => ids.Experiment) });
  expect(await api.done('nodes', many(100))).toHaveLength(100);
  expect(await api.done('nodes', { ids: [] })).toEqual([]);
  expect(problemsOf(await api.refused('nodes', many(101)))).toEqual(['INVALID_RANGE at ids']);
});

test('keys are shown to those who may see them, and to themselves', async () => {
  const { apiKey, secret } = await api.done('createApiKey', { name: 'reader', scope: 'READ' });
  const read = async (id: string | undefined) => (await api.call('node', { id }, { key: secret })).data.node;
  expect(await read(apiKey.id)).toEqual({ __typename: 'ApiKey', id: apiKey.id });
  expect(await read(ids.ApiKey)).toBeNull();
  expect((await api.done('node', { id: ids.ApiKey })).id).toBe(ids.ApiKey);
});
