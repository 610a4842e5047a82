import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, equalVariants, problemsOf, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

/** Creates a sound experiment. */
async function created(changes: Record<string, unknown> = {}) {
  const input = sampleInput(changes);
  const { experiment } = await api.done('createExperiment', { input });
  return { input, key: input.key, experiment };
}

async function started(changes: Record<string, unknown> = {}) {
  const { input, key } = await created(changes);
  const { experiment } = await api.done('startExperiment', { key });
  return { input, key, experiment };
}

const definitionOf = async (key: string) => (await api.done('experiment', { key }, '{definition}')).definition;

describe('applyExperiment', () => {
  test('creates, brings up to the input naming what changed, and leaves what is so already', async () => {
    const input = sampleInput({ tags: ['a'] });
    const first = await api.done('applyExperiment', { input });
    expect(first).toMatchObject({ outcome: 'CREATED', changes: [], experiment: { status: 'DRAFT', revision: 1 } });
    const second = await api.done('applyExperiment', { input });
    expect(second).toMatchObject({ outcome: 'UNCHANGED', changes: [] });
    expect(second.experiment).toEqual(first.experiment);
    const third = await api.done('applyExperiment', {
      input: { ...input, tags: ['b'], evaluation: { alpha: 0.1, schedule: 'daily_0000_utc' }, targeting: { include: ['a:b'] } },
    });
    expect(third).toMatchObject({ outcome: 'UPDATED', experiment: { revision: 2 } });
    expect(third.changes).toEqual([
      { path: ['tags', '0'], before: 'a', after: 'b', locked: false },
      { path: ['targeting', 'include', '0'], before: null, after: 'a:b', locked: false },
      { path: ['evaluation', 'alpha'], before: 0.05, after: 0.1, locked: false },
    ]);
  });

  test('is one creation however many apply at once', async () => {
    const input = sampleInput();
    const applied = await Promise.all([1, 2, 3, 4, 5].map(() => api.done('applyExperiment', { input })));
    expect(applied.map(({ outcome }) => outcome).sort()).toEqual(['CREATED', ...Array(4).fill('UNCHANGED')]);
    expect(new Set(applied.map(({ experiment }) => experiment.id)).size).toBe(1);
  });

  test('compares the revision that was checked, 0 for what must not exist yet', async () => {
    const input = sampleInput();
    expect(await api.refused('applyExperiment', { input, expectedRevision: 3 })).toMatchObject({ code: 'REVISION_CONFLICT', revision: 0 });
    expect((await api.done('applyExperiment', { input, expectedRevision: 0 })).outcome).toBe('CREATED');
    expect(await api.refused('applyExperiment', { input, expectedRevision: 0 })).toMatchObject({ code: 'REVISION_CONFLICT', revision: 1 });
    expect((await api.done('applyExperiment', { input, expectedRevision: 1 })).outcome).toBe('UNCHANGED');
  });

  test('takes its own definition back, in every state, and makes a copy of it under another key', async () => {
    const { key } = await created({
      design: 'BANDIT',
      bandit: { intervalSeconds: 3_600, minWeight: 0.1 },
      hypothesis: 'Round trip',
      exclusionGroup: 'round-trip',
      trafficAllocation: 0.25,
      variants: equalVariants('a', 'b', 'c'),
      metrics: {
        primary: { key: 'm', type: 'CONVERSION', windowHours: 2 },
        secondary: [{ key: 'n', type: 'CONTINUOUS', cap: 9.5, direction: 'DECREASE' }],
        guardrails: [{ key: 'g', threshold: 0.01, action: 'PAUSE' }],
      },
      targeting: { include: ['region:US|CA'], exclude: ['age<18'] },
    });
    const again = async () => {
      const applied = await api.done('applyExperiment', { input: await definitionOf(key) });
      expect([applied.outcome, applied.changes]).toEqual(['UNCHANGED', []]);
    };
    await again();
    await api.done('startExperiment', { key });
    await again();
    await api.done('setWeights', {
      key,
      weights: [
        { variant: 'a', weight: 0.5 },
        { variant: 'b', weight: 0.3 },
        { variant: 'c', weight: 0.2 },
      ],
    });
    await api.done('toggleVariant', { key, variant: 'b', enabled: false });
    await again();
    const definition = await definitionOf(key);
    const copy = await api.done('applyExperiment', { input: { ...definition, key: 'a-copy' } });
    expect(copy).toMatchObject({ outcome: 'CREATED', experiment: { key: 'a-copy', status: 'DRAFT', salt: definition.salt } });
    expect(await definitionOf('a-copy')).toEqual({ ...definition, key: 'a-copy' });
    await api.done('stopExperiment', { key });
    await again();
    await api.done('archiveExperiment', { key });
    await again();
  });

  test('leaves the weights of a started one, and refuses what its start has locked', async () => {
    const { input } = await started();
    const weights = [
      { key: 'control', weight: 0.9 },
      { key: 'green', weight: 0.1, payload: { colour: 'green' } },
    ];
    expect((await api.done('applyExperiment', { input: { ...input, variants: weights } })).outcome).toBe('UNCHANGED');
    const refused = await api.refused('applyExperiment', { input: { ...input, hashKey: 'tenantId', salt: 'other', name: 'New' } });
    expect(problemsOf(refused)).toEqual(['PLAN_LOCKED at hashKey', 'PLAN_LOCKED at salt']);
    const changed = await api.done('applyExperiment', { input: { ...input, variants: weights, trafficAllocation: 0.5 } });
    expect(changed).toMatchObject({ outcome: 'UPDATED', changes: [{ path: ['trafficAllocation'], before: 1, after: 0.5, locked: false }] });
    expect(changed.experiment.variants.map(({ weight }: { weight: number }) => weight)).toEqual([0.5, 0.5]);
  });
});
