import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

async function draft(exclusionGroup: string, trafficAllocation: number) {
  const { experiment } = await api.done('createExperiment', { input: sampleInput({ exclusionGroup, trafficAllocation }) });
  return experiment.key as string;
}
const start = async (key: string, dryRun = false) => (await api.done('startExperiment', { key, dryRun })).experiment;
const rangeOf = ({ exclusion }: { exclusion: { start: number; end: number } }) => [exclusion.start, exclusion.end];

/** What many units get in these experiments, twenty units a request. */
async function assignmentsOf(users: readonly string[], experimentKeys: readonly string[]) {
  const found: { reason: string; inExperiment: boolean }[][] = [];
  for (let i = 0; i < users.length; i += 20) {
    const fields = users
      .slice(i, i + 20)
      .map((userId, j) => `u${j}: assignments(unit: {userId: "${userId}"}, experimentKeys: $keys) {reason inExperiment}`);
    found.push(
      ...(Object.values(await service.ask(`query ($keys: [ID!]) {${fields.join('\n')}}`, { keys: experimentKeys })) as typeof found),
    );
  }
  return found;
}

test('two experiments of a group share no unit, and together they take as many as their shares say', async () => {
  const [one, two] = [await draft('checkout', 0.5), await draft('checkout', 0.25)];
  expect(rangeOf(await start(one))).toEqual([0, 0.5]);
  expect(rangeOf(await start(two))).toEqual([0.5, 0.75]);
  const users = Array.from({ length: 600 }, (_, i) => `u${i}`);
  const inside = [0, 0];
  for (const [first, second] of await assignmentsOf(users, [one, two])) {
    expect(first?.inExperiment && second?.inExperiment).toBe(false);
    for (const [i, { inExperiment, reason }] of [first, second].entries() as Iterable<
      [number, { inExperiment: boolean; reason: string }]
    >) {
      expect(reason).toBe(inExperiment ? 'SPLIT' : 'EXCLUDED');
      inside[i] = (inside[i] ?? 0) + (inExperiment ? 1 : 0);
    }
  }
  // The ids are fixed, so these numbers are too; both lie within two deviations (12 and 11) of 300 and 150.
  expect(Math.abs((inside[0] ?? 0) - 300)).toBeLessThan(24);
  expect(Math.abs((inside[1] ?? 0) - 150)).toBeLessThan(22);
});

test('an experiment that finds no room is refused and stays a draft; what ends gives its range back', async () => {
  const [one, two, three] = [await draft('full', 0.6), await draft('full', 0.4), await draft('full', 0.5)];
  await start(one);
  await start(two, true);
  const refused = await api.refused('startExperiment', { key: three });
  expect(refused).toMatchObject({ code: 'GROUP_FULL', retryable: false, problems: [{ path: ['exclusionGroup'], received: 0.5 }] });
  expect(await api.done('experiment', { key: three })).toMatchObject({ status: 'DRAFT', revision: 1, exclusion: null, allocation: null });
  await api.done('pauseExperiment', { key: one });
  expect((await api.refused('startExperiment', { key: three })).code).toBe('GROUP_FULL');
  await api.done('stopExperiment', { key: one });
  expect(rangeOf(await start(three))).toEqual([0, 0.5]);
  expect(rangeOf(await start(two))).toEqual([0.6, 1]);
});

test('of two that start at once into the last room one gets it', async () => {
  const keys = [await draft('race', 0.6), await draft('race', 0.6)];
  const answers = await Promise.all(keys.map((key) => api.call('startExperiment', { key })));
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
  expect(answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code)).toEqual(['GROUP_FULL']);
});

test('a share grows in place while there is room behind it, and keeps its range when it shrinks', async () => {
  const [one, two] = [await draft('grow', 0.2), await draft('grow', 0.2)];
  await start(one);
  const grown = (await api.done('setTrafficAllocation', { key: one, trafficAllocation: 0.5 })).experiment;
  expect(rangeOf(grown)).toEqual([0, 0.5]);
  expect(rangeOf(await start(two))).toEqual([0.5, 0.7]);
  expect((await api.refused('setTrafficAllocation', { key: one, trafficAllocation: 0.6 })).code).toBe('GROUP_FULL');
  const change = { input: { key: one, trafficAllocation: 0.6, name: 'Wider' } };
  expect((await api.refused('updateExperiment', change)).code).toBe('GROUP_FULL');
  expect(await api.done('experiment', { key: one })).toEqual(grown);
  const shrunk = (await api.done('setTrafficAllocation', { key: one, trafficAllocation: 0.1 })).experiment;
  expect([rangeOf(shrunk), shrunk.allocation.trafficAllocation]).toEqual([[0, 0.5], 0.1]);
  expect((await api.done('setTrafficAllocation', { key: one, trafficAllocation: 0.5 })).experiment.allocation.trafficAllocation).toBe(0.5);
});

test('ten tenths fill a group', async () => {
  for (let i = 0; i < 10; i += 1) await start(await draft('tenths', 0.1));
  expect((await api.refused('startExperiment', { key: await draft('tenths', 0.01) })).code).toBe('GROUP_FULL');
});
