import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, problemsOf, sampleInput } from './operations.js';

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

const update = async (input: Record<string, unknown>) => (await api.done('updateExperiment', { input })).experiment;

describe('updateExperiment', () => {
  test('leaves what is left out, clears what is null, and replaces objects and lists whole', async () => {
    const { key } = await created({
      hypothesis: 'h',
      owner: 'o',
      tags: ['a', 'b'],
      exclusionGroup: 'g',
      targeting: { include: ['region:US'], exclude: ['bot:true'] },
      evaluation: { alpha: 0.01, schedule: 'hourly', minSampleSize: 5 },
      rollback: { enabled: false, autoDeploy: true },
    });
    expect(await update({ key, name: 'Other' })).toMatchObject({
      revision: 2,
      name: 'Other',
      hypothesis: 'h',
      tags: ['a', 'b'],
      targeting: { include: ['region:US'], exclude: ['bot:true'] },
      evaluationPlan: { alpha: 0.01, schedule: 'hourly', minSampleSize: 5 },
      rollback: { enabled: false, autoDeploy: true },
    });
    expect(await update({ key, tags: ['c'], targeting: { include: ['a:b'] }, evaluation: { alpha: 0.02 }, rollback: {} })).toMatchObject({
      tags: ['c'],
      targeting: { include: ['a:b'], exclude: [] },
      evaluationPlan: { alpha: 0.02, schedule: 'every_60s', minSampleSize: 100 },
      rollback: { enabled: true, autoDeploy: false },
    });
    const cleared = await update({
      key,
      hypothesis: null,
      owner: null,
      exclusionGroup: null,
      targeting: null,
      evaluation: null,
      rollback: null,
    });
    expect(cleared).toMatchObject({ hypothesis: null, owner: null, exclusionGroup: null, targeting: { include: [] }, revision: 4 });
    expect(cleared.evaluationPlan.alpha).toBe(0.05);
  });

  test('refuses to clear what every experiment has, each such member by name', async () => {
    const { key } = await created();
    const nulls = {
      name: null,
      tags: null,
      design: null,
      hashKey: null,
      hashStrategy: null,
      trafficAllocation: null,
      variants: null,
      metrics: null,
      ramp: null,
    };
    const refused = await api.refused('updateExperiment', { input: { key, ...nulls } });
    expect(problemsOf(refused)).toEqual(
      Object.keys(nulls)
        .map((member) => `BAD_USER_INPUT at ${member}`)
        .sort(),
    );
  });

  test('changes nothing when it is so already, and tells of all that would come out wrong', async () => {
    const { key, experiment } = await created({ tags: ['a'] });
    const same = await update({ key, name: experiment.name, tags: ['a'], trafficAllocation: 1, targeting: {} });
    expect(same).toEqual(experiment);
    const wrong = { name: '', variants: [{ key: 'a', weight: 1 }], targeting: { include: ['?'] }, bandit: {} };
    expect(problemsOf(await api.refused('updateExperiment', { input: { key, ...wrong } }))).toEqual(
      [
        'INVALID_RANGE at name',
        'TOO_FEW_VARIANTS at variants',
        'INVALID_TARGETING at targeting.include.0',
        'BAD_USER_INPUT at bandit',
      ].sort(),
    );
    expect((await api.refused('updateExperiment', { input: { key: 'nothing', name: 'x' } })).code).toBe('EXPERIMENT_NOT_FOUND');
    expect((await api.refused('updateExperiment', { input: { key: 'a\u0000b', name: 'x' } })).code).toBe('EXPERIMENT_NOT_FOUND');
  });

  test('turns a test into a bandit with default settings, and back', async () => {
    const { key } = await created();
    expect((await update({ key, design: 'BANDIT' })).bandit).toMatchObject({ intervalSeconds: 60 });
    expect((await update({ key, bandit: { intervalSeconds: 7 } })).bandit).toMatchObject({ intervalSeconds: 7 });
    expect((await update({ key, bandit: null })).bandit).toMatchObject({ intervalSeconds: 60 });
    expect((await update({ key, design: 'AB_TEST' })).bandit).toBeNull();
  });

  test('names all members that are locked after the start, and changes none', async () => {
    const { key, experiment } = await started({ exclusionGroup: 'locked' });
    const refused = await api.refused('updateExperiment', {
      input: {
        key,
        name: 'Not this either',
        hashKey: 'tenantId',
        design: 'CLUSTER',
        exclusionGroup: null,
        variants: [
          { key: 'control', weight: 0.5 },
          { key: 'green', weight: 0.5, payload: { colour: 'blue' } },
        ],
        metrics: { primary: { key: 'purchase', type: 'COUNT' } },
        evaluation: { alpha: 0.1, schedule: 'daily_0000_utc' },
      },
    });
    expect(problemsOf(refused)).toEqual(
      ['design', 'hashKey', 'exclusionGroup', 'variants.1.payload', 'metrics.primary.type', 'evaluation.alpha']
        .map((path) => `PLAN_LOCKED at ${path}`)
        .sort(),
    );
    expect(await api.done('experiment', { key })).toEqual(experiment);
    const open = {
      name: 'New',
      hypothesis: 'h',
      owner: 'o',
      tags: ['t'],
      targeting: { include: ['a:b'] },
      trafficAllocation: 0.5,
      rollback: { enabled: false },
    };
    const after = await update({ key, ...open });
    expect(after).toMatchObject({ ...open, targeting: { include: ['a:b'], exclude: [] }, planHash: experiment.planHash });
    expect(after.allocation).toMatchObject({ version: 2, trafficAllocation: 0.5, cause: 'MANUAL' });
  });

  test('says which revision is the present one when another was named', async () => {
    const { key } = await created();
    await update({ key, name: 'Two', expectedRevision: 1 });
    const refused = await api.refused('updateExperiment', { input: { key, name: 'Three', expectedRevision: 1 } });
    expect(refused).toMatchObject({
      code: 'REVISION_CONFLICT',
      revision: 2,
      retryable: false,
      problems: [{ path: ['expectedRevision'], received: 1 }],
    });
    const races = await Promise.all(
      [3, 4, 5].map((n) => api.call('updateExperiment', { input: { key, name: `Name ${n}`, expectedRevision: 2 } })),
    );
    expect(races.filter(({ errors }) => !errors)).toHaveLength(1);
    expect((await api.done('experiment', { key })).revision).toBe(3);
  });

  test.each([
    'startExperiment',
    'deleteExperiment',
    'pauseExperiment',
    'stopExperiment',
    'archiveExperiment',
    'rollbackExperiment',
    'setWeights',
    'toggleVariant',
  ])('%s compares the revision too', async (field) => {
    const { key } = await created();
    const more: Record<string, object> = {
      rollbackExperiment: { reason: 'r' },
      setWeights: { weights: [] },
      toggleVariant: { variant: 'green', enabled: false },
    };
    expect(await api.refused(field, { key, expectedRevision: 7, ...more[field] })).toMatchObject({
      code: 'REVISION_CONFLICT',
      revision: 1,
    });
    expect((await api.refused(field, { key: 'nothing', expectedRevision: 7, ...more[field] })).code).toBe('EXPERIMENT_NOT_FOUND');
  });
});

describe('deleteExperiment', () => {
  test('removes a draft for good, and its key can be used again', async () => {
    const { key, experiment, input } = await created();
    expect(await api.done('deleteExperiment', { key })).toEqual({ deletedId: experiment.id, deletedKey: key });
    expect(await api.done('experiment', { key })).toBeNull();
    expect(await api.done('node', { id: experiment.id })).toBeNull();
    expect((await api.refused('deleteExperiment', { key })).code).toBe('EXPERIMENT_NOT_FOUND');
    expect((await api.done('createExperiment', { input })).experiment.id).not.toBe(experiment.id);
  });

  test('refuses whatever has started', async () => {
    const { key } = await started();
    for (const step of [null, 'stopExperiment', 'archiveExperiment']) {
      if (step) await api.done(step, { key });
      expect((await api.refused('deleteExperiment', { key })).code).toBe('INVALID_TRANSITION');
    }
  });
});
