import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDefinitionCache } from '../../src/redis/definition-cache.js';
import { createExposureCache } from '../../src/redis/exposure-cache.js';
import { sampleExperiment } from '../core/samples.js';
import { connect } from './clients.js';

let connections: Awaited<ReturnType<typeof connect>>;
beforeEach(async () => {
  connections = await connect();
});
afterEach(() => connections.close());

const definitionsKey = 'bellwether:{definitions}';

test('a definition comes back as it was put, its times as times', async () => {
  const cache = createDefinitionCache(connections.hot);
  const experiment = sampleExperiment({ version: 5, endedAt: new Date('2025-02-03T04:05:06.007Z') });
  await cache.put(experiment);
  expect(await cache.get(experiment.id, 5)).toEqual(experiment);
  expect(await cache.get(experiment.id, 4)).toEqual(experiment);
});

test('a definition that is older than asked for is not given', async () => {
  const cache = createDefinitionCache(connections.hot);
  const experiment = sampleExperiment({ version: 5 });
  await cache.put(experiment);
  expect(await cache.get(experiment.id, 6)).toBeNull();
  expect(await cache.get('another', 1)).toBeNull();
});

test('an older version never replaces a newer one, also when 12 meets 9', async () => {
  const cache = createDefinitionCache(connections.hot);
  const experiment = sampleExperiment({ version: 12 });
  await cache.put(experiment);
  await cache.put(sampleExperiment({ version: 9, status: 'PAUSED' }));
  expect((await cache.get(experiment.id, 1))?.version).toBe(12);
  await cache.put(sampleExperiment({ version: 13, status: 'PAUSED' }));
  expect(await cache.get(experiment.id, 13)).toMatchObject({ version: 13, status: 'PAUSED' });
  await cache.remove(experiment.id);
  expect(await cache.get(experiment.id, 1)).toBeNull();
});

test('garbage in the place of a definition is ignored and replaced', async () => {
  const cache = createDefinitionCache(connections.hot);
  const experiment = sampleExperiment({ version: 2 });
  const { id } = experiment;
  const garbage = [
    '',
    'x',
    '3\n{',
    '3\nnull',
    `3\n{"id":"${id}","version":3}`,
    `3\n${JSON.stringify({ ...experiment, createdAt: 'soon' })}`,
  ];
  for (const text of garbage) {
    await connections.hot.hset(definitionsKey, id, text);
    expect(await cache.get(id, 1)).toBeNull();
  }
  await connections.hot.hset(definitionsKey, id, 'x');
  await cache.put(experiment);
  expect(await cache.get(id, 2)).toEqual(experiment);
});

const unit = (unitId: string, experimentId = 'e1') => ({ experimentId, unitId });

test('recorded variants come back in the order asked, unknown ones as null', async () => {
  const cache = createExposureCache(connections.hot);
  await cache.set([
    { ...unit('ann'), variant: 'green' },
    { ...unit('böb:\n{x}'), variant: 'control' },
    { ...unit('ann', 'e2'), variant: 'blue' },
  ]);
  expect(await cache.get([unit('nobody'), unit('böb:\n{x}'), unit('ann', 'e2'), unit('ann')])).toEqual([null, 'control', 'blue', 'green']);
  expect(await cache.get([])).toEqual([]);
  const seconds = await connections.hot.ttl('bellwether:{e1}:unit:ann');
  expect(seconds).toBeGreaterThan(86_000);
});

test('every failure is a miss: a foreign type, a closed client', async () => {
  const cache = createExposureCache(connections.hot);
  await connections.hot.rpush('bellwether:{e1}:unit:list', 'x');
  expect(await cache.get([unit('list'), unit('ann')])).toEqual([null, null]);
  connections.hot.disconnect();
  expect(await cache.get([unit('ann')])).toEqual([null]);
  await cache.set([{ ...unit('ann'), variant: 'green' }]);
  const definitions = createDefinitionCache(connections.hot);
  await definitions.put(sampleExperiment());
  expect(await definitions.get(sampleExperiment().id, 1)).toBeNull();
});
