import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { Experiment, ExperimentStatus } from '../../src/core/experiment.js';
import { createExperimentLabels } from '../../src/telemetry/metrics/experiment-labels.js';
import { createExperimentMeter } from '../../src/telemetry/metrics/experiments.js';
import { movementOf, varianceOf } from '../../src/telemetry/metrics/movement.js';
import { watchRunningExperiments } from '../../src/telemetry/metrics/running-experiments.js';
import { watchWebhooks } from '../../src/telemetry/metrics/webhooks.js';
import { readExposition } from './exposition.js';

/** Experiments as the registry has them, with what metrics look at. */
function createWorld() {
  const byKey = new Map<string, Experiment>();
  let changes = 0;
  return {
    all: () => [...byKey.values()],
    changes: () => changes,
    put(key: string, status: ExperimentStatus, more: object = {}): Experiment {
      const number = Number(key.replace(/\D/g, ''));
      const weights = [0.5, 0.5].map((weight, i) => ({ variant: `v${i}`, weight }));
      const experiment = {
        id: `id of ${key}`,
        definition: { key, design: 'BANDIT', bandit: { intervalSeconds: 60 } },
        status,
        startedAt: new Date(number * 1_000),
        createdAt: new Date(0),
        banditHaltedAt: null,
        allocation: { version: 1, trafficAllocation: 1, weights },
        ...more,
      } as unknown as Experiment;
      byKey.set(key, experiment);
      changes += 1;
      return experiment;
    },
  };
}

test('total variation is the share of traffic that changes variant', () => {
  const weights = (...list: number[]) => list.map((weight, i) => ({ variant: `v${i}`, weight }));
  expect(movementOf(weights(0.5, 0.5), weights(0.5, 0.5))).toBe(0);
  expect(movementOf(weights(0.5, 0.5), weights(0.9, 0.1))).toBeCloseTo(0.4, 12);
  expect(movementOf(weights(1), [{ variant: 'other', weight: 1 }])).toBe(1);
  // By hand: mean 1/4; (9 + 1 + 1 + 1) / 16 / 4 = 0.1875, the most for four.
  expect(varianceOf(weights(1, 0, 0, 0))).toBeCloseTo(0.1875, 12);
  expect(varianceOf(weights(0.25, 0.25, 0.25, 0.25))).toBe(0);
});

test('gives the first that began a label, as many as there is room for; who has one keeps it until the end', () => {
  const world = createWorld();
  const labels = createExperimentLabels({ ...world, most: 2 });
  for (const key of ['e3', 'e1', 'e2']) world.put(key, 'RUNNING');
  world.put('e0', 'DRAFT');
  expect(['e0', 'e1', 'e2', 'e3', 'nobody knows'].map(labels.of)).toEqual(['other', 'e1', 'e2', 'other', 'other']);
  world.put('e1', 'PAUSED');
  expect(labels.of('e1')).toBe('e1');
  world.put('e1', 'STOPPED');
  expect(['e1', 'e2', 'e3'].map(labels.of)).toEqual(['other', 'e2', 'e3']);
  world.put('e1', 'RUNNING');
  expect(labels.of('e1')).toBe('other');
});

test('keeps 200 experiments apart, the rest together under the worst of them, and lets go of those that end', async () => {
  const world = createWorld();
  for (let i = 1; i <= 230; i += 1) world.put(`e${i}`, 'RUNNING');
  const registry = new Registry();
  const labels = createExperimentLabels(world);
  const meter = createExperimentMeter(registry, labels);
  const now = Date.now();
  watchRunningExperiments(registry, {
    labels,
    all: world.all,
    openAlerts: async () =>
      world.all().map(({ definition: { key } }) => ({ experimentKey: key, kind: 'SRM_DETECTED', severity: 'CRITICAL' })),
    srmPValues: async (ids) => new Map(ids.map((id, i) => [id, (i + 1) / 1_000])),
    turns: async () =>
      world.all().map((experiment, i) => ({ experiment, job: 'bandit', periodMs: 1_000, lastAt: new Date(now - i * 1_000) })),
  });
  for (const { definition } of world.all()) meter.fellBack(definition.key, 'NOTHING_KNOWN');
  for (let i = 0; i < 1_000; i += 1) meter.fellBack(`made up ${i}`, 'NOTHING_KNOWN');

  const before = readExposition(await registry.metrics());
  const keys = (name: string) => new Set(before.samples(name).map(({ labels: { experiment } }) => experiment));
  for (const name of ['bellwether_srm_p_value', 'bellwether_alerts_open', 'bellwether_experiment_tick_age_seconds']) {
    expect(keys(name).size, name).toBe(201);
    expect(keys(name), name).toContain('other');
  }
  expect(keys('bellwether_assignment_fallbacks_total').size).toBe(201);
  expect(before.sum('bellwether_assignment_fallbacks_total')).toBe(1_230);
  expect(before.sum('bellwether_assignment_fallbacks_total', { experiment: 'other' })).toBe(1_030);
  // Weights of several experiments have no common meaning.
  expect(keys('bellwether_allocation_weight').size).toBe(200);
  expect(before.sum('bellwether_srm_p_value', { experiment: 'other' })).toBe(0.201);
  expect(before.sum('bellwether_alerts_open', { experiment: 'other' })).toBe(30);
  expect(before.sum('bellwether_experiment_tick_age_seconds', { experiment: 'other' })).toBeGreaterThanOrEqual(229);

  world.put('e7', 'STOPPED');
  const after = readExposition(await registry.metrics());
  const known = [...after.families.values()].flatMap(({ samples }) => samples.map(({ labels: { experiment } }) => experiment));
  expect(known).not.toContain('e7');
  expect(known).toContain('e201');
});

test('tells of the last movement, of halts, and of scores for two intervals', async () => {
  const world = createWorld();
  const registry = new Registry();
  const running = watchRunningExperiments(registry, {
    labels: createExperimentLabels(world),
    all: world.all,
    openAlerts: async () => [],
    srmPValues: async () => new Map(),
    turns: async () => [],
  });
  const before = world.put('e1', 'RUNNING');
  const weights = [0.8, 0.2].map((weight, i) => ({ variant: `v${i}`, weight }));
  const after = world.put('e1', 'RUNNING', { allocation: { version: 2, trafficAllocation: 1, weights }, banditHaltedAt: new Date() });
  running.changed(before, after);
  running.scored(after, [{ variant: 'v0', z: -3.5 }]);
  // Its interval is over before it is read.
  running.scored({ ...after, definition: { ...after.definition, key: 'e2', bandit: { intervalSeconds: -1 } } } as Experiment, [
    { variant: 'v0', z: 9 },
  ]);

  const seen = readExposition(await registry.metrics());
  expect(seen.samples('bellwether_allocation_last_movement_ratio')).toMatchObject([
    { labels: { experiment: 'e1' }, value: expect.closeTo(0.3, 12) },
  ]);
  expect(seen.samples('bellwether_bandit_halted')).toMatchObject([{ value: 1 }]);
  expect(seen.samples('bellwether_metric_zscore')).toMatchObject([{ labels: { experiment: 'e1', variant: 'v0' }, value: -3.5 }]);

  running.changed(after, world.put('e1', 'ARCHIVED'));
  const gone = readExposition(await registry.metrics());
  for (const name of ['bellwether_allocation_last_movement_ratio', 'bellwether_bandit_halted'])
    expect(gone.samples(name), name).toEqual([]);
});

test('tells how it stands with each receiver of messages', async () => {
  const registry = new Registry();
  const quiet = { endpoint: 'quiet', pending: 0, oldestPendingAt: null, givenUp: 0 };
  watchWebhooks(registry, async () => [
    { endpoint: 'chat', pending: 3, oldestPendingAt: new Date(Date.now() - 60_000), givenUp: 2 },
    quiet,
  ]);
  const seen = readExposition(await registry.metrics());
  const of = (endpoint: string) =>
    ['pending_messages', 'oldest_pending_seconds', 'given_up_messages'].map((name) => seen.sum(`bellwether_webhook_${name}`, { endpoint }));
  expect(of('chat')).toEqual([3, expect.closeTo(60, -1), 2]);
  expect(of('quiet')).toEqual([0, 0, 0]);
});
