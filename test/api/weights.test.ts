import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, equalVariants, problemsOf } from './operations.js';
import { createThree, listed, users, type Weights, weightsOf } from './three-variants.js';

let service: RunningService;
const api = createCaller(() => service);
const { assign, assignment } = createUnits(api);
const { abc, setWeights, toggle, exposeAll } = createThree(api);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

describe('setWeights', () => {
  test.each([
    [{ a: 0.5, b: 0.3, c: 0.3 }, ['WEIGHTS_DO_NOT_SUM_TO_ONE at weights']],
    [{ a: 0.5, b: 0.5 }, ['BAD_USER_INPUT at weights']],
    [{ a: 1.2, b: -0.2, c: 0 }, ['WEIGHT_OUT_OF_RANGE at weights.0.weight', 'WEIGHT_OUT_OF_RANGE at weights.1.weight']],
    [{ a: 0.5, b: 0.3, x: 0.2 }, ['BAD_USER_INPUT at weights', 'VARIANT_NOT_FOUND at weights.2.variant']],
    [{}, ['BAD_USER_INPUT at weights', 'WEIGHTS_DO_NOT_SUM_TO_ONE at weights']],
  ] as [Weights, string[]][])('refuses %j, on a draft alike', async (weights, problems) => {
    for (const key of [await abc(), await abc({}, false)]) {
      const before = await api.done('experiment', { key });
      expect(problemsOf(await api.refused('setWeights', { key, weights: listed(weights) }))).toEqual(problems);
      expect(await api.done('experiment', { key })).toEqual(before);
    }
  });

  test('refuses a variant that is named twice', async () => {
    const key = await abc();
    const weights = [...listed({ a: 0.5, b: 0.3, c: 0.1 }), { variant: 'c', weight: 0.1 }];
    expect(problemsOf(await api.refused('setWeights', { key, weights }))).toEqual(['DUPLICATE_KEY at weights.3.variant']);
  });

  test('changes the definition of a draft, and the allocation of what has started', async () => {
    const key = await abc({}, false);
    const draft = await setWeights(key, { c: 0.1, a: 0.2, b: 0.7 });
    expect(draft.allocation).toBeNull();
    expect(draft.variants).toMatchObject([{ weight: 0.2 }, { weight: 0.7 }, { weight: 0.1 }]);
    expect((await setWeights(key, { a: 0.2, b: 0.7, c: 0.1 })).revision).toBe(draft.revision);
    await api.done('startExperiment', { key });
    const moved = await setWeights(key, { a: 0.4, b: 0.4, c: 0.2 });
    expect(moved.allocation).toMatchObject({ version: 2, cause: 'MANUAL' });
    expect(weightsOf(moved)).toEqual({ a: 0.4, b: 0.4, c: 0.2 });
    expect(moved.variants).toMatchObject([{ weight: 0.2, currentWeight: 0.4 }, { weight: 0.7, currentWeight: 0.4 }, { weight: 0.1 }]);
  });

  test('stores weights that sum to 1, and changes nothing when they are so already', async () => {
    const key = await abc();
    const thirds = { a: 1 / 3, b: 1 / 3, c: 1 / 3 };
    const first = await setWeights(key, thirds);
    expect(weightsOf(first)).toEqual({ a: 0.3334, b: 0.3333, c: 0.3333 });
    expect(await setWeights(key, thirds)).toEqual(first);
    for (const weights of [
      { a: 0.123456, b: 0.654321, c: 0.222223 },
      { a: 1, b: 0, c: 0 },
      { a: 0.99995, b: 0.00005, c: 0 },
    ]) {
      const stored = Object.values(weightsOf(await setWeights(key, weights))) as number[];
      expect(stored.map((weight) => Math.round(weight * 10_000)).reduce((x, y) => x + y)).toBe(10_000);
      expect(stored.reduce((x, y) => x + y)).toBeCloseTo(1, 12);
    }
  });

  test('holds the weights of a bandit within its bounds, exactly as they are stored', async () => {
    const bandit = { intervalSeconds: 86_400, minWeight: 0.12345, maxWeight: 0.8 };
    const key = await abc({ design: 'BANDIT', bandit });
    const outside = await api.refused('setWeights', { key, weights: listed({ a: 0.81, b: 0.12, c: 0.07 }) });
    expect(problemsOf(outside)).toEqual([0, 1, 2].map((i) => `WEIGHT_OUT_OF_RANGE at weights.${i}.weight`));
    const stored = Object.values(weightsOf(await setWeights(key, { a: 0.75309, b: 0.12346, c: 0.12345 }))) as number[];
    for (const weight of stored) expect(weight).toBeGreaterThanOrEqual(0.12345);
    await toggle(key, 'a', true);
    const off = await toggle(key, 'b', false);
    expect(weightsOf(off).b).toBe(0);
    const on = Object.values(weightsOf(await toggle(key, 'b', true))) as number[];
    for (const weight of on) expect(weight).toBeGreaterThanOrEqual(0.12345);
  });

  test('moves no exposed unit', async () => {
    const key = await abc();
    const before = await exposeAll(key);
    await setWeights(key, { a: 0.1, b: 0.1, c: 0.8 });
    const reasons = new Set<string>();
    for (const [userId, variant] of before) {
      const now = await assign(key, userId);
      expect(now).toMatchObject({ variant, inExperiment: true });
      reasons.add(now.reason);
    }
    expect(reasons).toEqual(new Set(['SPLIT', 'STICKY']));
  });
});

describe('setTrafficAllocation', () => {
  test('refuses what is no share', async () => {
    const key = await abc();
    for (const trafficAllocation of [-0.01, 1.01]) {
      const refused = await api.refused('setTrafficAllocation', { key, trafficAllocation });
      expect(refused).toMatchObject({ code: 'INVALID_RANGE', problems: [{ path: ['trafficAllocation'], received: trafficAllocation }] });
    }
  });

  test('raised moves nobody, lowered keeps those who were exposed', async () => {
    const key = await abc({ trafficAllocation: 0.4 });
    const outcome = async () => new Map(await Promise.all(users.map(async (userId) => [userId, await assignment(key, userId)] as const)));
    const narrow = await outcome();
    const inside = users.filter((userId) => narrow.get(userId).inExperiment);
    expect(inside.length).toBeGreaterThan(10);
    await api.done('setTrafficAllocation', { key, trafficAllocation: 0.9 });
    const wide = await outcome();
    for (const userId of inside) expect(wide.get(userId)).toMatchObject({ variant: narrow.get(userId).variant, inExperiment: true });
    const [exposed, other] = inside as [string, string];
    const { variant } = await assign(key, exposed);
    const { experiment } = await api.done('setTrafficAllocation', { key, trafficAllocation: 0 });
    expect(experiment).toMatchObject({ trafficAllocation: 0, allocation: { version: 3, trafficAllocation: 0, cause: 'MANUAL' } });
    expect(await assignment(key, exposed)).toMatchObject({ variant, inExperiment: true, reason: 'STICKY' });
    expect(await assignment(key, other)).toMatchObject({ variant: 'a', inExperiment: false, reason: 'NOT_INCLUDED' });
  });

  test('sets the definition of a draft, and in a dry run what holds after it', async () => {
    const key = await abc({}, false);
    expect((await api.done('setTrafficAllocation', { key, trafficAllocation: 0.5 })).experiment).toMatchObject({
      trafficAllocation: 0.5,
      allocation: null,
    });
    await api.done('startExperiment', { key, dryRun: true });
    const { experiment } = await api.done('setTrafficAllocation', { key, trafficAllocation: 0.7 });
    expect(experiment).toMatchObject({ trafficAllocation: 0.7, allocation: { version: 1, trafficAllocation: 0.01 } });
    expect((await api.done('startExperiment', { key })).experiment.allocation.trafficAllocation).toBe(0.7);
  });
});

test('exposures that come after weights have moved, and name no version, belong to the one that served them', async () => {
  const key = await abc();
  const shown = await Promise.all(
    Array.from({ length: 400 }, async (_, n) => {
      const unit = { userId: `late-${n}` };
      const { variant } = await assignment(key, unit.userId);
      return { eventId: `${key} ${n}`, experimentKey: key, unit, variant, occurredAt: new Date().toISOString() };
    }),
  );
  await setWeights(key, { a: 0.1, b: 0.8, c: 0.1 });
  expect(await api.done('trackEvents', { input: { exposures: shown } }, '{ accepted }')).toEqual({ accepted: 400 });
  const { evaluation, experiment } = await api.done(
    'evaluateExperiment',
    { key },
    '{ evaluation { provenance { allocationVersions } srm { passed pValue } } experiment { status } }',
  );
  expect(evaluation).toMatchObject({ provenance: { allocationVersions: [1] }, srm: { passed: true } });
  // Chance of a salt that is odder than this: a millionth.
  expect(evaluation.srm.pValue).toBeGreaterThan(1e-6);
  expect(experiment.status).toBe('RUNNING');
});

test('the history of allocations has every version, each ended when the next began', async () => {
  const key = await abc();
  await setWeights(key, { a: 0.2, b: 0.4, c: 0.4 });
  await api.done('setTrafficAllocation', { key, trafficAllocation: 0.5 });
  await toggle(key, 'b', false);
  await api.done('stopExperiment', { key, shipVariant: 'c' });
  const fields =
    '{allocations {totalCount nodes {version cause trafficAllocation startedAt endedAt weights {variant weight}}} allocation {version}}';
  const { allocations, allocation } = await api.done('experiment', { key }, fields);
  expect([allocations.totalCount, allocation.version]).toEqual([5, 5]);
  const { nodes } = allocations;
  expect(nodes.map(({ version, cause }: { version: number; cause: string }) => `${version} ${cause}`)).toEqual([
    '5 SHIP',
    '4 TOGGLE',
    '3 MANUAL',
    '2 MANUAL',
    '1 START',
  ]);
  expect(nodes[0].endedAt).toBeNull();
  for (let i = 1; i < nodes.length; i += 1) expect(nodes[i].endedAt).toBe(nodes[i - 1].startedAt);
  for (const { weights } of nodes)
    expect(weights.reduce((sum: number, { weight }: { weight: number }) => sum + weight, 0)).toBeCloseTo(1, 12);
});

test.each([
  [
    'setWeights',
    { weights: listed({ a: 0.2, b: 0.3, c: 0.5 }) },
    { allocation: { weights: listed({ a: 0.5, b: 0.3, c: 0.2 }) } },
    { allocation: { weights: listed({ a: 0.2, b: 0.3, c: 0.5 }) } },
  ],
  [
    'setTrafficAllocation',
    { trafficAllocation: 0.5 },
    { definition: { trafficAllocation: 1 } },
    { definition: { trafficAllocation: 0.5 }, allocation: { version: 2, trafficAllocation: 0.5 } },
  ],
  ['toggleVariant', { variant: 'b', enabled: false }, { disabledVariants: [] }, { disabledVariants: ['b'] }],
  ['setOverride', { unitId: 'qa', variant: 'b' }, { overrides: [] }, { overrides: [{ unitId: 'qa', variant: 'b' }] }],
])('the audit log tells who did %s, with what was and what is', async (field, args, before, after) => {
  const key = await abc({
    variants: [
      { key: 'a', weight: 0.5 },
      { key: 'b', weight: 0.3 },
      { key: 'c', weight: 0.2 },
    ],
  });
  const at = Date.now();
  await api.done(field, { key, ...args });
  const { nodes } = await api.done('auditLog', { first: 1, filter: { experimentKey: key } });
  expect(nodes).toMatchObject([{ actor: 'admin (environment)', action: field, experimentKey: key, reason: null, before, after }]);
  expect(nodes[0].after.revision).toBe(nodes[0].before.revision + 1);
  expect(Math.abs(Date.parse(nodes[0].at) - at)).toBeLessThan(5_000);
});

test('equal shares of any number of variants are whole slots', async () => {
  for (const count of [2, 3, 6, 7, 11, 20]) {
    const key = await abc({ variants: equalVariants(...Array.from({ length: count }, (_, i) => `v${i}`)) });
    const { allocation } = await api.done('experiment', { key });
    const slots = allocation.weights.map(({ weight }: { weight: number }) => weight * 10_000);
    for (const share of slots) expect(Math.abs(share - 10_000 / count)).toBeLessThan(1);
    expect(slots.map(Math.round).reduce((x: number, y: number) => x + y)).toBe(10_000);
  }
});
