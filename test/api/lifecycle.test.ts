import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, sampleInput, schema } from './operations.js';

let service: RunningService;
let database: Client;
const api = createCaller(() => service);
const { assign, assignment } = createUnits(api);

beforeAll(async () => {
  service = await startService();
  database = new Client({ connectionString: service.env.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await service.remove();
});

type Args = Record<string, unknown>;
type Step = readonly [field: string, args?: Args];

const start: Step = ['startExperiment'];
const dryRun: Step = ['startExperiment', { dryRun: true }];
const stop: Step = ['stopExperiment'];

/** Moves that lead to each status. */
const ways: Record<string, readonly Step[]> = {
  DRAFT: [],
  DRY_RUN: [dryRun],
  RUNNING: [start],
  PAUSED: [start, ['pauseExperiment']],
  STOPPED: [start, stop],
  ROLLED_BACK: [start, ['rollbackExperiment', { reason: 'harm' }]],
  ARCHIVED: [start, stop, ['archiveExperiment']],
};

/** The mutation of each action, with arguments that change something where it is possible. */
const mutations: Record<string, (key: string) => Step> = {
  UPDATE: (key) => ['updateExperiment', { input: { key, name: 'Changed' } }],
  DELETE: (key) => ['deleteExperiment', { key }],
  START: (key) => ['startExperiment', { key }],
  DRY_RUN: (key) => ['startExperiment', { key, dryRun: true }],
  PAUSE: (key) => ['pauseExperiment', { key }],
  RESUME: (key) => ['resumeExperiment', { key }],
  RESUME_BANDIT: (key) => ['resumeBandit', { key }],
  STOP: (key) => ['stopExperiment', { key, shipVariant: 'green' }],
  ROLLBACK: (key) => ['rollbackExperiment', { key, reason: 'harm' }],
  ARCHIVE: (key) => ['archiveExperiment', { key }],
  SET_WEIGHTS: (key) => [
    'setWeights',
    {
      key,
      weights: [
        { variant: 'control', weight: 0.6 },
        { variant: 'green', weight: 0.4 },
      ],
    },
  ],
  SET_TRAFFIC_ALLOCATION: (key) => ['setTrafficAllocation', { key, trafficAllocation: 0.5 }],
  TOGGLE_VARIANT: (key) => ['toggleVariant', { key, variant: 'green', enabled: false }],
  EVALUATE: (key) => ['evaluateExperiment', { key }],
};

/** Moves that are made already, and so change nothing and are no fault. */
const already: Record<string, readonly string[]> = {
  DRY_RUN: ['DRY_RUN'],
  RUNNING: ['START', 'RESUME'],
  PAUSED: ['PAUSE'],
  ROLLED_BACK: ['ROLLBACK'],
  ARCHIVED: ['ARCHIVE'],
};

/** Creates an experiment and leads it on; the experiment as it is then. */
async function led(steps: readonly Step[], changes: Args = {}) {
  const input = sampleInput(changes);
  let { experiment } = await api.done('createExperiment', { input });
  for (const [field, args] of steps) ({ experiment } = await api.done(field, { key: input.key, ...args }));
  return experiment;
}

const shown = (key: string) => api.done('experiment', { key });

describe('actions', () => {
  test('name every action that there is', () => {
    const named = schema.getType('ExperimentAction')?.toConfig() as { values: Record<string, unknown> };
    expect(Object.keys(mutations).sort()).toEqual(Object.keys(named.values).sort());
  });

  test.each(Object.keys(ways))('in %s are those that are possible, and no others', async (status) => {
    for (const [action, mutation] of Object.entries(mutations)) {
      const before = await led(ways[status] ?? []);
      expect(before.status).toBe(status);
      const [field, args] = mutation(before.key);
      const { data, errors } = await api.call(field, args);
      if (before.actions.includes(action)) {
        expect(errors, `${action} in ${status}`).toBeUndefined();
        if (action !== 'EVALUATE' && action !== 'DELETE') expect(data[field].experiment.revision, action).toBe(before.revision + 1);
      } else if (already[status]?.includes(action)) {
        expect(data[field].experiment, `${action} in ${status}`).toEqual(before);
      } else {
        const refused = errors?.[0]?.extensions;
        expect(refused, `${action} in ${status}`).toMatchObject({
          code: 'INVALID_TRANSITION',
          problems: [{ path: ['key'], received: status }],
        });
        for (const possible of before.actions) expect(refused.problems[0].message).toContain(possible);
        expect(await shown(before.key)).toEqual(before);
      }
    }
  });

  test('repeated move after move leave the revision and the audit log as they are', async () => {
    const { key } = await led([]);
    for (const [field, args] of [
      dryRun,
      start,
      ['pauseExperiment'],
      ['resumeExperiment'],
      ['rollbackExperiment', { reason: 'r' }],
      ['archiveExperiment'],
    ] as const) {
      const { experiment } = await api.done(field, { key, ...args });
      const entries = { filter: { experimentKey: key } };
      const { totalCount } = await api.done('auditLog', entries, '{totalCount}');
      expect((await api.done(field, { key, ...args })).experiment).toEqual(experiment);
      expect((await api.done('auditLog', entries, '{totalCount}')).totalCount).toBe(totalCount);
    }
  });

  test('resumeBandit is one only for a bandit that an anomaly has halted', async () => {
    const { key, actions } = await led([start], { design: 'BANDIT', bandit: { intervalSeconds: 86_400 } });
    expect(actions).not.toContain('RESUME_BANDIT');
    const before = await shown(key);
    expect((await api.done('resumeBandit', { key })).experiment).toEqual(before);
    await database.query('update experiment set bandit_halted_at = now() where key = $1', [key]);
    const paused = (await api.done('pauseExperiment', { key })).experiment;
    expect(paused.banditHaltedAt).not.toBeNull();
    expect(paused.actions).toContain('RESUME_BANDIT');
    expect((await api.done('resumeBandit', { key })).experiment).toMatchObject({ banditHaltedAt: null, revision: paused.revision + 1 });
  });
});

describe('a dry run', () => {
  test('includes 1% of the units, registers nothing, and its units keep their variant but enter no result', async () => {
    const experiment = await led([dryRun]);
    const { key, salt } = experiment;
    expect(experiment).toMatchObject({ status: 'DRY_RUN', trafficAllocation: 1, planHash: null, startedAt: null });
    expect(experiment.allocation).toMatchObject({ version: 1, trafficAllocation: 0.01, cause: 'START' });
    const prefix = experimentPrefix({ salt, experimentKey: key });
    const inclusion = (userId: string) => drawUnit(prefix, userId, (text) => createHash('sha256').update(text, 'utf8').digest()).inclusion;
    const users = Array.from({ length: 2_000 }, (_, i) => `u${i}`);
    const inside = users.filter((userId) => inclusion(userId) < 0.01);
    const variants = new Map<string, string>();
    for (const userId of inside) {
      const given = await assign(key, userId);
      expect(given).toMatchObject({ inExperiment: true, exposureRecorded: true });
      variants.set(userId, given.variant);
    }
    const outside = users.find((userId) => inclusion(userId) > 0.01 && inclusion(userId) < 0.02) as string;
    expect(await assignment(key, outside)).toMatchObject({ reason: 'NOT_INCLUDED', variant: 'control' });
    expect((await api.done('evaluateExperiment', { key })).evaluation).toMatchObject({
      confirmatory: false,
      provenance: { planHash: null },
    });

    const running = (await api.done('startExperiment', { key })).experiment;
    expect(running.allocation).toMatchObject({ version: 2, trafficAllocation: 1, cause: 'START' });
    expect(running).toMatchObject({ planHash: expect.stringMatching(/^[0-9a-f]{64}$/), startedAt: running.allocation.startedAt });
    for (const [userId, variant] of variants) expect(await assign(key, userId)).toMatchObject({ variant, inExperiment: true });
    await assign(key, outside);
    const { evaluation } = await api.done('evaluateExperiment', { key });
    const [comparison] = evaluation.comparisons;
    expect(evaluation.confirmatory).toBe(true);
    expect(comparison.controlUnits + comparison.variantUnits).toBe(1);
  });

  test('ends with a last evaluation as any other experiment, which settles nothing', async () => {
    const { key } = await led([dryRun, stop]);
    const { results } = await api.done('experiment', { key }, '{results {final confirmatory sequence}}');
    expect(results).toEqual({ final: true, confirmatory: false, sequence: 1 });
  });
});

describe('the plan', () => {
  test('is hashed at the start and stays so, whatever changes that is not part of it', async () => {
    const { key, planHash } = await led([start], { design: 'BANDIT', bandit: { intervalSeconds: 86_400 } });
    const changes = {
      name: 'n',
      targeting: { include: ['a:b'] },
      trafficAllocation: 0.3,
      bandit: { intervalSeconds: 80_000 },
      rollback: { autoDeploy: true },
    };
    const { experiment } = await api.done('updateExperiment', { input: { key, ...changes } });
    expect(experiment.planHash).toBe(planHash);
    await api.done('pauseExperiment', { key });
    await api.done('stopExperiment', { key });
    expect((await shown(key)).planHash).toBe(planHash);
    const other = await led([start], { design: 'BANDIT', evaluation: { alpha: 0.01, schedule: 'daily_0000_utc' } });
    expect(other.planHash).not.toBe(planHash);
  });
});

describe('a pause', () => {
  test('gives everybody the control, counts what exposed units do, and ends with every unit having its variant again', async () => {
    const { key } = await led([start]);
    const users = Array.from({ length: 10 }, (_, i) => `p${i}`);
    const before = new Map<string, string>();
    for (const userId of users) before.set(userId, (await assign(key, userId)).variant);
    expect(new Set(before.values())).toEqual(new Set(['control', 'green']));
    await api.done('pauseExperiment', { key });
    for (const userId of users) {
      expect(await assign(key, userId)).toMatchObject({
        variant: 'control',
        inExperiment: false,
        reason: 'NOT_RUNNING',
        exposureRecorded: null,
      });
    }
    const events = users.map((userId) => ({
      eventId: `${key} ${userId}`,
      metric: 'purchase',
      unit: { userId },
      occurredAt: new Date().toISOString(),
    }));
    expect(await api.done('trackEvents', { input: { events } })).toMatchObject({ accepted: 10 });
    const { counts } = await api.done('experiment', { key }, '{counts {variants {exposures conversions}}}');
    expect(counts.variants.reduce((sum: number, { conversions }: { conversions: number }) => sum + conversions, 0)).toBe(10);
    await api.done('resumeExperiment', { key });
    for (const [userId, variant] of before) expect(await assign(key, userId)).toMatchObject({ variant, inExperiment: true });
  });
});

describe('a stop', () => {
  test('makes the last evaluation and ships a variant to every unit, or another later', async () => {
    const { key } = await led([start]);
    await assign(key);
    const { experiment } = await api.done('stopExperiment', { key, shipVariant: 'green', reason: 'it won' });
    expect(experiment).toMatchObject({
      status: 'STOPPED',
      shippedVariant: 'green',
      allocation: { cause: 'SHIP', weights: [{ weight: 0 }, { weight: 1 }] },
    });
    expect((await api.done('experiment', { key }, '{results {final sequence}}')).results).toEqual({ final: true, sequence: 1 });
    expect(await assignment(key, 'anyone')).toMatchObject({
      variant: 'green',
      reason: 'SHIPPED',
      inExperiment: false,
      payload: { colour: 'green' },
    });
    expect((await api.done('stopExperiment', { key })).experiment).toEqual(experiment);
    expect((await api.done('stopExperiment', { key, shipVariant: 'green' })).experiment).toEqual(experiment);
    const other = (await api.done('stopExperiment', { key, shipVariant: 'control' })).experiment;
    expect(other).toMatchObject({ shippedVariant: 'control', endedAt: experiment.endedAt, revision: experiment.revision + 1 });
    expect(await assignment(key)).toMatchObject({ variant: 'control', reason: 'SHIPPED' });
    expect((await api.done('experiment', { key }, '{evaluations {totalCount}}')).evaluations.totalCount).toBe(1);
    const { nodes } = await api.done('auditLog', { filter: { experimentKey: key, action: 'stopExperiment' } }, '{nodes {reason}}');
    expect(nodes).toEqual([{ reason: null }, { reason: 'it won' }]);
  });

  test('without shipping shows the control, and can ship later', async () => {
    const { key, shippedVariant, endedAt } = await led([start, stop]);
    expect([shippedVariant, await assignment(key)]).toMatchObject([
      null,
      { variant: 'control', reason: 'NOT_RUNNING', inExperiment: false },
    ]);
    const asked = { unit: { userId: 'u' } };
    expect((await api.done('assignments', asked)).map(({ experimentKey }: Args) => experimentKey)).not.toContain(key);
    const { experiment } = await api.done('stopExperiment', { key, shipVariant: 'green' });
    expect(experiment).toMatchObject({ shippedVariant: 'green', endedAt });
    expect((await api.done('assignments', asked)).map(({ experimentKey }: Args) => experimentKey)).toContain(key);
  });

  test('with a variant that there is not changes nothing', async () => {
    const before = await led([start]);
    const refused = await api.refused('stopExperiment', { key: before.key, shipVariant: 'blue' });
    expect(refused).toMatchObject({ code: 'VARIANT_NOT_FOUND', problems: [{ path: ['shipVariant'], received: 'blue' }] });
    expect(await shown(before.key)).toEqual(before);
  });
});

test('a rollback gives every unit the control, raises an alert with the reason, and archiving resolves it', async () => {
  const { key, name } = await led([start]);
  await assign(key);
  const { experiment } = await api.done('rollbackExperiment', { key, reason: 'the shop is down' });
  expect(experiment).toMatchObject({ status: 'ROLLED_BACK', allocation: { cause: 'ROLLBACK', weights: [{ weight: 1 }, { weight: 0 }] } });
  expect(experiment.endedAt).not.toBeNull();
  expect(await assignment(key)).toMatchObject({ variant: 'control', reason: 'NOT_RUNNING', inExperiment: false });
  const alerts = async (open: boolean) =>
    (await api.done('alerts', { filter: { experimentKeys: [key], open } }, '{nodes {kind severity message resolvedAt}}')).nodes;
  expect(await alerts(true)).toEqual([
    { kind: 'ROLLED_BACK', severity: 'CRITICAL', message: expect.stringContaining('the shop is down'), resolvedAt: null },
  ]);
  expect((await alerts(true))[0].message).toContain(name);
  await api.done('archiveExperiment', { key });
  expect([await alerts(true), (await alerts(false)).length]).toEqual([[], 1]);
  expect(await assignment(key)).toMatchObject({ variant: 'control', reason: 'NOT_RUNNING' });
  const keys = (await api.done('experiments', { first: 100 }, '{nodes {key}}')).nodes.map((node: { key: string }) => node.key);
  expect(keys).not.toContain(key);
});
