import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
const { assign, assignment } = createUnits(api);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

type Args = Record<string, unknown>;
type Step = readonly [field: string, args?: Args];

const start: Step = ['startExperiment'];
const dryRun: Step = ['startExperiment', { dryRun: true }];
const stop: Step = ['stopExperiment'];

/** Creates an experiment and leads it on; the experiment as it is then. */
async function led(steps: readonly Step[], changes: Args = {}) {
  const input = sampleInput(changes);
  let { experiment } = await api.done('createExperiment', { input });
  for (const [field, args] of steps) ({ experiment } = await api.done(field, { key: input.key, ...args }));
  return experiment;
}

const shown = (key: string) => api.done('experiment', { key });

describe('a dry run', () => {
  test('includes 1% of the units, registers nothing, and its units keep their variant but enter no result', async () => {
    const experiment = await led([dryRun]);
    const { key, salt } = experiment;
    expect(experiment).toMatchObject({ status: 'DRY_RUN', trafficAllocation: 1, planHash: null, startedAt: null });
    expect(experiment.allocation).toMatchObject({ version: 1, trafficAllocation: 0.01, cause: 'START' });
    const prefix = experimentPrefix({ salt, experimentKey: key });
    const inclusion = (userId: string) =>
      drawUnit(prefix, userId, (text) => createHash('sha256').update(text, 'utf8').digest('binary')).inclusion;
    const users = Array.from({ length: 2_000 }, (_, i) => `u${i}`);
    const inside = users.filter((userId) => inclusion(userId) < 0.01);
    const variants = new Map<string, string>();
    for (const userId of inside) {
      // It answers before the commit where that takes long.
      await expect.poll(() => assign(key, userId), { timeout: 10_000 }).toMatchObject({ inExperiment: true, exposureRecorded: true });
      variants.set(userId, (await assign(key, userId)).variant);
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
