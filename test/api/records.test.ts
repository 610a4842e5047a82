import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, problemsOf, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);

type Args = Record<string, unknown>;
async function create(changes: Args, ...steps: readonly (readonly [string, Args?])[]): Promise<string> {
  const { key } = (await api.done('createExperiment', { input: sampleInput(changes) })).experiment;
  for (const [field, args] of steps) await api.done(field, { key, ...args });
  return key;
}

beforeAll(async () => {
  service = await startService();
  const start = ['startExperiment'] as const;
  await create({ key: 'running' }, start);
  await create({ key: 'harmful' }, start, ['rollbackExperiment', { reason: 'harm' }]);
  await create({ key: 'archived' }, start, ['rollbackExperiment', { reason: 'more harm' }], ['archiveExperiment']);
});
afterAll(() => service.remove());

test('alerts are found by experiment, kind, severity and whether they are open, newest first', async () => {
  const keys = async (filter: Args | null) =>
    (await api.done('alerts', { filter }, '{totalCount nodes {experimentKey}}')).nodes.map(
      ({ experimentKey }: { experimentKey: string }) => experimentKey,
    );
  expect(await keys(null)).toEqual(['archived', 'harmful']);
  expect(await keys({ open: true })).toEqual(['harmful']);
  expect(await keys({ open: false })).toEqual(['archived']);
  expect(await keys({ experimentKeys: ['harmful', 'nothing'] })).toEqual(['harmful']);
  expect(await keys({ kinds: ['ROLLED_BACK', 'SRM_DETECTED'], minSeverity: 'CRITICAL', open: null })).toEqual(['archived', 'harmful']);
  for (const nothing of [{ kinds: ['SRM_DETECTED'] }, { kinds: [] }, { experimentKeys: [] }, { experimentKeys: ['nothing'] }])
    expect(await keys(nothing)).toEqual([]);
  const own =
    '{all: alerts {totalCount} open: alerts(open: true) {totalCount} resolved: alerts(open: false) {totalCount nodes {resolvedAt}}}';
  expect(await api.done('experiment', { key: 'harmful' }, own)).toMatchObject({
    all: { totalCount: 1 },
    open: { totalCount: 1 },
    resolved: { totalCount: 0 },
  });
  expect(await api.done('experiment', { key: 'archived' }, own)).toMatchObject({
    all: { totalCount: 1 },
    open: { totalCount: 0 },
    resolved: { totalCount: 1 },
  });
});

test('the audit log is found by experiment, actor, action and time, newest first', async () => {
  const entries = async (filter: Args) =>
    (await api.done('auditLog', { first: 100, filter }, '{totalCount nodes {at action actor experimentKey}}')).nodes;
  const actions = async (filter: Args) => (await entries(filter)).map(({ action }: { action: string }) => action);
  const all = ['archiveExperiment', 'rollbackExperiment', 'startExperiment', 'createExperiment'];
  expect(await actions({ experimentKey: 'archived' })).toEqual(all);
  expect(await actions({ experimentKey: 'archived', action: 'startExperiment', actor: 'admin (environment)' })).toEqual([
    'startExperiment',
  ]);
  expect(await actions({ experimentKey: 'archived', actor: 'somebody' })).toEqual([]);
  expect(await entries({ actor: 'environment' })).toMatchObject(Array(4).fill({ action: 'createApiKey', experimentKey: null }));
  const [, rollback, start] = await entries({ experimentKey: 'archived' });
  const since = await actions({ experimentKey: 'archived', from: start.at, to: rollback.at });
  expect([since.includes('startExperiment'), since.includes('rollbackExperiment')]).toEqual([true, start.at === rollback.at]);
  expect(await actions({ from: '2999-01-01T00:00:00Z' })).toEqual([]);
  expect(problemsOf(await api.refused('auditLog', { filter: { from: 'yesterday' } }))).toEqual(['INVALID_TIMESTAMP at filter.from']);
});

test('evaluations and keys come newest first, with those that have ended', async () => {
  for (const _ of [1, 2, 3]) await api.done('evaluateExperiment', { key: 'running' });
  const { evaluations, results } = await api.done(
    'experiment',
    { key: 'running' },
    '{evaluations(first: 2) {totalCount nodes {sequence}} results {sequence}}',
  );
  expect([evaluations, results]).toEqual([{ totalCount: 3, nodes: [{ sequence: 3 }, { sequence: 2 }] }, { sequence: 3 }]);
  const { apiKey } = await api.done('createApiKey', { name: 'newest', scope: 'CLIENT' });
  await api.done('revokeApiKey', { id: apiKey.id });
  const [newest, ...rest] = await api.done('apiKeys');
  expect(newest).toMatchObject({ name: 'newest', revokedAt: expect.stringMatching(/Z$/) });
  expect(rest).toHaveLength(4);
});
