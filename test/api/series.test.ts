import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
const input = sampleInput({ metrics: { primary: { key: 'purchase', type: 'CONVERSION' }, secondary: [{ key: 'clicks', type: 'COUNT' }] } });
const { key } = input;

const fields = `
  countsSeries { at variants { variant exposures conversions } }
  effectSeries { variant metric points { sequence at units effect interval { lower upper level } lift liftInterval { lower } outcome decision } }
  weightsSeries { version at cause trafficAllocation weights { variant weight } }`;

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
const shown = async (selection: string): Promise<any> => (await api.done('experiment', { key }, `{${selection}}`)) as unknown;

beforeAll(async () => {
  service = await startService();
  await api.done('createExperiment', { input });
});
afterAll(() => service.remove());

test('a draft has no past', async () => {
  const effectSeries = [{ variant: 'green', metric: 'purchase', points: [] }];
  expect(await shown(fields)).toEqual({ countsSeries: [], effectSeries, weightsSeries: [] });
});

test('what has happened is shown up to now, as the live numbers have it', async () => {
  await api.done('startExperiment', { key });
  await api.done('assign', { experimentKey: key, unit: { userId: 'u1' } });
  const events = [{ eventId: 'p1', metric: 'purchase', unit: { userId: 'u1' }, occurredAt: new Date().toISOString() }];
  await api.done('trackEvents', { input: { events } });
  await api.done('evaluateExperiment', { key });
  const weights = [
    { variant: 'control', weight: 0.25 },
    { variant: 'green', weight: 0.75 },
  ];
  await api.done('setWeights', { key, weights });
  const { countsSeries, effectSeries, weightsSeries } = await shown(fields);
  const { counts, results, allocation } = await shown(
    'counts {variants {variant exposures conversions}} results {sequence at decision} allocation {version startedAt cause trafficAllocation weights {variant weight}}',
  );
  expect(countsSeries.at(-1).variants).toEqual(counts.variants);
  expect(effectSeries).toMatchObject([
    { variant: 'green', metric: 'purchase', points: [{ ...results, units: 1, effect: null, lift: null }] },
  ]);
  const { startedAt, ...rest } = allocation;
  expect(weightsSeries).toMatchObject([
    { version: 1, cause: 'START', weights: [{ weight: 0.5 }, { weight: 0.5 }] },
    { at: startedAt, ...rest },
  ]);
});

test('one metric and variant, a part of the time, and nulls that are as left out', async () => {
  const asked = `
    effectSeries(metric: "clicks", variant: "green", from: null, to: null, maxPoints: null) { variant metric points { sequence } }
    weightsSeries(to: "2000-01-01T00:00:00Z") { version }
    countsSeries(from: "0000-01-01T00:00:00Z", maxPoints: 1) { variants { exposures } }`;
  const { effectSeries, weightsSeries, countsSeries } = await shown(asked);
  expect(effectSeries).toEqual([{ variant: 'green', metric: 'clicks', points: [{ sequence: 1 }] }]);
  expect(weightsSeries).toEqual([]);
  expect(countsSeries).toHaveLength(1);
});

test('a refused series leaves the others their answers', async () => {
  const { data, errors } = await service.send(
    `{ experiment(key: "${key}") { weightsSeries { version } countsSeries(maxPoints: 1001) { at } effectSeries(variant: "none") { variant } } }`,
  );
  expect(data.experiment).toMatchObject({ countsSeries: null, effectSeries: null, weightsSeries: [{ version: 1 }, { version: 2 }] });
  expect(errors?.map(({ path, extensions }) => [path.at(-1), extensions.code, extensions.problems[0].path])).toEqual([
    ['countsSeries', 'INVALID_RANGE', ['maxPoints']],
    ['effectSeries', 'VARIANT_NOT_FOUND', ['variant']],
  ]);
});

test('a page of long series costs too much, one experiment of them does not', async () => {
  const series = 'weightsSeries(maxPoints: 1000) {at version weights {variant weight}} effectSeries(maxPoints: 1000) {points {at effect}}';
  expect((await service.send(`{ experiments(first: 100) { nodes { ${series} } } }`)).errors?.[0].extensions.code).toBe('QUERY_TOO_COMPLEX');
  expect((await service.send(`{ experiment(key: "${key}") { ${series} } }`)).errors).toBeUndefined();
});
