import { GrowthBook } from '@growthbook/growthbook';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendPopulation } from '../setup/population.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, sampleInput } from './operations.js';

/** The life of an experiment that moves in from GrowthBook. */

let service: RunningService;
const api = createCaller(() => service);
const units = createUnits(api);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

const users = Array.from({ length: 150 }, (_, n) => `user-${n}`);
const weights = [0.2, 0.3, 0.5];
const variations: [string, string, string] = ['control', 'green', 'blue'];

/** What GrowthBook's SDK answers; null: not in the experiment. */
function theirs(key: string, userId: string, coverage: number): string | null {
  const growthbook = new GrowthBook({ attributes: { userId } });
  const { value, inExperiment } = growthbook.run({ key, variations, weights, coverage, hashVersion: 2, hashAttribute: 'userId' });
  growthbook.destroy();
  return inExperiment ? value : null;
}

/** What each user gets here; null: not in the experiment. */
async function ours(key: string): Promise<(string | null)[]> {
  const answers = [];
  for (const user of users) answers.push(await units.assignment(key, user));
  return answers.map(({ variant, inExperiment }) => (inExperiment ? variant : null));
}

async function moveIn(coverage: number, more: Record<string, unknown> = {}): Promise<string> {
  const input = sampleInput({
    hashStrategy: 'GROWTHBOOK_V2',
    trafficAllocation: coverage,
    variants: variations.map((key, i) => ({ key, weight: weights[i] })),
    ...more,
  });
  // There the seed is the experiment's key unless somebody set another.
  await api.done('createExperiment', { input: { ...input, salt: input.key } }, '{ experiment { key } }');
  await api.done('startExperiment', { key: input.key }, '{ experiment { key } }');
  return input.key;
}

test('everybody keeps the variant of GrowthBook, also over changes of coverage', async () => {
  const key = await moveIn(0.4);
  for (const coverage of [0.4, 0.9, 1, 0.3]) {
    await api.done('setTrafficAllocation', { key, trafficAllocation: coverage }, '{ experiment { key } }');
    const expected = users.map((user) => theirs(key, user, coverage));
    expect(await ours(key)).toEqual(expected);
    expect(new Set(expected).size).toBe(coverage === 1 ? 3 : 4);
  }
});

test('who was exposed keeps the variant when weights move and when coverage shrinks', async () => {
  const key = await moveIn(0.6);
  const exposed = new Map<string, string>();
  for (const user of users) {
    const { variant, inExperiment, exposureRecorded } = await units.assign(key, user);
    if (inExperiment) exposed.set(user, variant);
    expect(exposureRecorded).toBe(inExperiment ? true : null);
  }
  expect(exposed.size).toBeGreaterThan(50);
  const moved = variations.map((variant, i) => ({ variant, weight: [0.6, 0.3, 0.1][i] }));
  await api.done('setWeights', { key, weights: moved }, '{ experiment { key } }');
  await api.done('setTrafficAllocation', { key, trafficAllocation: 0.1 }, '{ experiment { key } }');
  const now = await ours(key);
  users.forEach((user, i) => {
    if (exposed.has(user)) expect(now[i]).toBe(exposed.get(user));
  });
  const { allocation } = await api.done('experiment', { key }, '{ allocation { trafficAllocation weights { variant weight } } }');
  // A thousand slots and one, for that is where the ranges of GrowthBook end in doubles.
  moved.forEach(({ weight }, i) => {
    expect(Math.abs(allocation.weights[i].weight - (weight ?? 0))).toBeLessThan(1 / 1_000);
  });
});

test('its results show no mismatch of the sample, and a claim of the wrong variant is refused', async () => {
  const key = await moveIn(0.5, { metrics: { primary: { key: 'moved-in', type: 'CONVERSION' } } });
  const counted = await sendPopulation(service, {
    experimentKey: key,
    metric: 'moved-in',
    rates: { green: 0.5 },
    units: 1_500,
    prefix: 'p',
  });
  expect(Object.values(counted).reduce((a, b) => a + b, 0)).toBeGreaterThan(600);
  await api.done('evaluateExperiment', { key }, '{ evaluation { id } }');
  const { results } = await api.done('experiment', { key }, '{ results { decision srm { passed pValue } } }');
  expect(results.srm.passed).toBe(true);
  const occurredAt = new Date().toISOString();
  const wrong = users.map((userId, n) => {
    const variant = variations.find((each) => each !== theirs(key, userId, 0.5));
    return { eventId: `wrong-${n}`, experimentKey: key, variant, unit: { userId }, occurredAt };
  });
  const { results: refused } = await api.done('trackEvents', { input: { exposures: wrong } }, '{ results { code } }');
  expect(new Set(refused.map(({ code }: { code: string }) => code))).toEqual(new Set(['VARIANT_MISMATCH']));
});

test('the strategy is fixed with the start', async () => {
  const key = await moveIn(1);
  const refused = await api.refused('updateExperiment', { input: { key, hashStrategy: 'CONSISTENT_HASH' } });
  expect(refused).toMatchObject({ code: 'PLAN_LOCKED', problems: [{ path: ['hashStrategy'] }] });
});
