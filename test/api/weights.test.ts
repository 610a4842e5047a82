import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, equalVariants, problemsOf, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
const { assign, assignment } = createUnits(api);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

type Weights = Record<string, number>;

/** Key of an experiment with variants a, b and c; a is the control. */
async function abc(changes: Record<string, unknown> = {}, start = true): Promise<string> {
  const variants = [
    { key: 'a', weight: 0.5 },
    { key: 'b', weight: 0.3 },
    { key: 'c', weight: 0.2 },
  ];
  const { key } = (await api.done('createExperiment', { input: sampleInput({ variants, ...changes }) })).experiment;
  if (start) await api.done('startExperiment', { key });
  return key;
}

const listed = (weights: Weights) => Object.entries(weights).map(([variant, weight]) => ({ variant, weight }));
const setWeights = async (key: string, weights: Weights) => (await api.done('setWeights', { key, weights: listed(weights) })).experiment;
const toggle = async (key: string, variant: string, enabled: boolean) =>
  (await api.done('toggleVariant', { key, variant, enabled })).experiment;
const weightsOf = ({ allocation }: { allocation: { weights: { variant: string; weight: number }[] } }) =>
  Object.fromEntries(allocation.weights.map(({ variant, weight }) => [variant, weight]));
const users = Array.from({ length: 60 }, (_, i) => `u${i}`);

/** Exposes all users; the variant of each. */
async function exposeAll(key: string): Promise<Map<string, string>> {
  return new Map(await Promise.all(users.map(async (userId) => [userId, (await assign(key, userId)).variant] as const)));
}

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
