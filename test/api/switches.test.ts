import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, problemsOf } from './operations.js';
import { createThree, listed, users, type Weights, weightsOf } from './three-variants.js';

let service: RunningService;
const api = createCaller(() => service);
const { assign, assignment } = createUnits(api);
const { abc, setWeights, toggle, exposeAll } = createThree(api);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

describe('toggleVariant', () => {
  test('gives the share of a variant to the others, and back', async () => {
    const key = await abc();
    const off = await toggle(key, 'c', false);
    expect(weightsOf(off)).toEqual({ a: 0.625, b: 0.375, c: 0 });
    expect(off).toMatchObject({
      allocation: { cause: 'TOGGLE', version: 2 },
      variants: [{ enabled: true }, { enabled: true }, { enabled: false, currentWeight: 0 }],
    });
    expect(await toggle(key, 'c', false)).toEqual(off);
    expect(problemsOf(await api.refused('setWeights', { key, weights: listed({ a: 0.5, b: 0.3, c: 0.2 }) }))).toEqual([
      'VARIANT_NOT_FOUND at weights.2.variant',
    ]);
    expect(weightsOf(await setWeights(key, { a: 0.8, b: 0.2 }))).toEqual({ a: 0.8, b: 0.2, c: 0 });
    const on = await toggle(key, 'c', true);
    expect(weightsOf(on)).toEqual({ a: 0.64, b: 0.16, c: 0.2 });
    expect(await toggle(key, 'c', true)).toEqual(on);
  });

  test('leaves the control on, also when it is all that is left', async () => {
    const key = await abc();
    const refused = await api.refused('toggleVariant', { key, variant: 'a', enabled: false });
    expect(refused).toMatchObject({ code: 'INVALID_TRANSITION', problems: [{ path: ['variant'], received: 'a' }] });
    expect((await api.refused('toggleVariant', { key, variant: 'x', enabled: false })).code).toBe('VARIANT_NOT_FOUND');
    await toggle(key, 'b', false);
    expect(weightsOf(await toggle(key, 'c', false))).toEqual({ a: 1, b: 0, c: 0 });
    expect(weightsOf(await toggle(key, 'c', true))).toMatchObject({ b: 0 });
  });

  test('shows the control to exposed units of the variant, which are still analysed under it, and draws the rest among the others', async () => {
    const key = await abc();
    const before = await exposeAll(key);
    await toggle(key, 'c', false);
    for (const [userId, variant] of before) {
      const now = await assign(key, userId);
      if (variant === 'c')
        expect(now).toMatchObject({ variant: 'a', inExperiment: false, reason: 'VARIANT_DISABLED', exposureRecorded: null });
      else expect(now).toMatchObject({ variant, inExperiment: true });
    }
    const fresh = await Promise.all(users.map((userId) => assignment(key, `new-${userId}`)));
    expect(new Set(fresh.map(({ variant, reason }) => `${variant} ${reason}`))).toEqual(new Set(['a SPLIT', 'b SPLIT']));
    const [ofC] = [...before].find(([, variant]) => variant === 'c') as [string, string];
    const events = [{ eventId: `${key} late`, metric: 'purchase', unit: { userId: ofC }, occurredAt: new Date().toISOString() }];
    expect((await api.done('trackEvents', { input: { events } })).accepted).toBe(1);
    const { counts } = await api.done('experiment', { key }, '{counts {variants {variant conversions}}}');
    expect(counts.variants[2]).toEqual({ variant: 'c', conversions: 1 });
    await toggle(key, 'c', true);
    for (const [userId, variant] of before) expect(await assign(key, userId)).toMatchObject({ variant, inExperiment: true });
  });
});

describe('setOverride', () => {
  test('forces the variant of one unit, which is not counted from then on', async () => {
    const key = await abc({}, false);
    await api.done('setOverride', { key, unitId: 'qa', variant: 'c' });
    expect(await assignment(key, 'qa')).toMatchObject({ variant: 'c', reason: 'OVERRIDE', inExperiment: false });
    await api.done('startExperiment', { key });
    const occurredAt = new Date().toISOString();
    const exposures = ['a', 'b', 'c'].map((variant) => ({
      eventId: `${key} ${variant}`,
      experimentKey: key,
      unit: { userId: 'qa' },
      variant,
      occurredAt,
    }));
    expect((await api.done('trackEvents', { input: { exposures } })).results).toMatchObject(
      Array(3).fill({ status: 'REJECTED', code: 'VARIANT_MISMATCH' }),
    );

    await assign(key, 'seen');
    const convert = (eventId: string) =>
      api.done('trackEvents', {
        input: {
          events: [{ eventId: `${key} ${eventId}`, metric: 'purchase', unit: { userId: 'seen' }, occurredAt: new Date().toISOString() }],
        },
      });
    await convert('before');
    const { experiment } = await api.done('setOverride', { key, unitId: 'seen', variant: 'b' });
    expect(experiment.overrides).toEqual([
      { unitId: 'qa', variant: 'c' },
      { unitId: 'seen', variant: 'b' },
    ]);
    await convert('after');
    const { counts } = await api.done('experiment', { key }, '{counts {variants {exposures events}}}');
    const total = (name: string) => counts.variants.reduce((sum: number, variant: Weights) => sum + (variant[name] ?? 0), 0);
    expect([total('exposures'), total('events')]).toEqual([1, 1]);
    const removed = (await api.done('setOverride', { key, unitId: 'qa' })).experiment;
    expect(removed.overrides).toEqual([{ unitId: 'seen', variant: 'b' }]);
    expect((await assignment(key, 'qa')).reason).toBe('SPLIT');
    expect((await api.done('setOverride', { key, unitId: 'qa' })).experiment).toEqual(removed);
  });

  test('refuses ids that are none, variants that are not there, and more than 1,000', async () => {
    const key = await abc();
    for (const unitId of ['', ' ', 'x'.repeat(257), 'a\u0000b', 'a\nb', '\ud800']) {
      expect(problemsOf(await api.refused('setOverride', { key, unitId, variant: 'a' }))).toEqual(['INVALID_ID at unitId']);
    }
    expect(problemsOf(await api.refused('setOverride', { key, unitId: 'u', variant: 'x' }))).toEqual(['VARIANT_NOT_FOUND at variant']);
    const database = new Client({ connectionString: service.env.DATABASE_URL });
    await database.connect();
    const thousand = Array.from({ length: 1_000 }, (_, i) => ({ unitId: `u${i}`, variant: 'a' }));
    await database.query('update experiment set overrides = $2 where key = $1', [key, JSON.stringify(thousand)]);
    await database.end();
    expect(problemsOf(await api.refused('setOverride', { key, unitId: 'one more', variant: 'a' }))).toEqual(['INVALID_RANGE at unitId']);
    expect((await api.done('setOverride', { key, unitId: 'u5', variant: 'b' })).experiment.overrides).toHaveLength(1_000);
  });
});
