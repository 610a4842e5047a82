import { describe, expect, test } from 'vitest';
import type { Experiment } from '../../src/core/experiment.js';
import { createDefinitions, type DefinitionSet } from '../../src/services/definitions.js';
import { sampleExperiment, startedAt } from '../core/samples.js';

const registry = { asOf: () => startedAt };

/** A running experiment; what `traffic` says tells its states apart. */
function experiment(key: string, traffic: number, more: Partial<Experiment> = {}): Experiment {
  return sampleExperiment(more, { key, trafficAllocation: traffic });
}

/** A set that has gone through these states of experiments. */
function setOf(...states: readonly Experiment[]) {
  const definitions = createDefinitions({ registry, periodMs: 0 });
  for (const state of states) definitions.changed(null, state);
  return definitions;
}

const keysOf = ({ experiments }: DefinitionSet) => experiments.map(({ key, trafficAllocation }) => [key, trafficAllocation]);

describe('the set of definitions', () => {
  test('holds all but drafts and archived ones, by key, and is complete without a version to start from', () => {
    const definitions = setOf(
      experiment('b', 1),
      experiment('a', 1, { status: 'PAUSED' }),
      experiment('draft', 1, { status: 'DRAFT', allocation: null }),
      experiment('old', 1, { status: 'ARCHIVED' }),
      experiment('shipped', 1, { status: 'STOPPED', shippedVariant: 'green' }),
      experiment('harm', 1, { status: 'ROLLED_BACK' }),
    );
    const set = definitions.read(null);
    expect(set).toMatchObject({ complete: true, removed: [], at: startedAt });
    expect(set.experiments.map(({ key }) => key)).toEqual(['a', 'b', 'harm', 'shipped']);
  });

  test('gives only what changed since a version, and nothing when that is the present one', () => {
    const definitions = setOf(experiment('a', 1), experiment('b', 1));
    const { version } = definitions.read(null);
    expect(definitions.read(version)).toMatchObject({ version, complete: false, experiments: [], removed: [] });
    definitions.changed(null, experiment('b', 0.5));
    definitions.changed(null, experiment('c', 1));
    definitions.changed(experiment('a', 1), experiment('a', 1, { status: 'ARCHIVED' }));
    const changes = definitions.read(version);
    expect(keysOf(changes)).toEqual([
      ['b', 0.5],
      ['c', 1],
    ]);
    expect(changes).toMatchObject({ complete: false, removed: ['a'] });
    expect(changes.version).not.toBe(version);
  });

  test('has a version that is known again at another instance, whatever the order in which it heard of the changes', () => {
    const one = setOf(experiment('a', 1), experiment('b', 1));
    const two = setOf(experiment('b', 0.2), experiment('a', 1), experiment('b', 1), experiment('c', 1));
    two.changed(experiment('c', 1), null);
    const { version } = one.read(null);
    expect(two.read(null).version).toBe(version);
    two.changed(null, experiment('a', 0.1));
    expect(two.read(version)).toMatchObject({ complete: false });
    expect(keysOf(two.read(version))).toEqual([['a', 0.1]]);
  });

  test('has the same version after a change that no client sees', () => {
    const definitions = setOf(experiment('a', 1));
    const { version } = definitions.read(null);
    definitions.changed(null, experiment('a', 1, { version: 2, looksUsed: 3, updatedAt: new Date() }));
    expect(definitions.read(null).version).toBe(version);
  });

  test('is sent whole to a client whose version is not known, or no longer', () => {
    const definitions = createDefinitions({ registry, keptChanges: 2 });
    definitions.changed(null, experiment('a', 1));
    const { version } = definitions.read(null);
    for (const traffic of [0.1, 0.2]) definitions.changed(null, experiment('a', traffic));
    expect(definitions.read(version).complete).toBe(false);
    definitions.changed(null, experiment('a', 0.3));
    for (const after of [version, 'nonsense', '']) {
      expect(definitions.read(after)).toMatchObject({ complete: true, experiments: [{ trafficAllocation: 0.3 }] });
    }
  });

  test('is not given while nothing is known, lest a client takes it for empty', () => {
    const definitions = createDefinitions({ registry: { asOf: () => null } });
    expect(() => definitions.read(null)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }));
    expect(() => definitions.follow(null)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  });
});

describe('a stream of definitions', () => {
  async function next(stream: AsyncIterableIterator<DefinitionSet>): Promise<DefinitionSet> {
    const { value, done } = await stream.next();
    if (done) throw new Error('the stream has completed');
    return value;
  }

  /** What a client holds that starts from nothing or from what it has, and applies messages as the contract says. */
  function apply(held: ReadonlyMap<string, number>, { complete, experiments, removed }: DefinitionSet): Map<string, number> {
    const map = new Map(complete ? [] : held);
    for (const key of removed) map.delete(key);
    for (const { key, trafficAllocation } of experiments) map.set(key, trafficAllocation);
    return map;
  }

  test('begins with the whole set or what changed since, and goes on with each change', async () => {
    const definitions = setOf(experiment('a', 1));
    const stream = definitions.follow(null);
    const first = await next(stream);
    expect(first).toMatchObject({ complete: true, experiments: [{ key: 'a' }] });
    const following = next(stream);
    definitions.changed(null, experiment('b', 0.5));
    expect(await following).toMatchObject({ complete: false, experiments: [{ key: 'b' }], removed: [] });
    await stream.return?.();
    const resumed = definitions.follow(first.version);
    expect(keysOf(await next(resumed))).toEqual([['b', 0.5]]);
    await resumed.return?.();
    const current = definitions.follow(definitions.read(null).version);
    expect(await next(current)).toMatchObject({ complete: false, experiments: [], removed: [] });
    await current.return?.();
  });

  test('brings every reader to the same set, however slow it is and wherever it broke off', async () => {
    const definitions = createDefinitions({ registry, keptChanges: 5, periodMs: 0 });
    let held: Map<string, number> = new Map();
    let after: string | null = null;
    for (let round = 0; round < 30; round += 1) {
      const stream = definitions.follow(after);
      for (let message = 0; message < 3; message += 1) {
        const set = await next(stream);
        held = apply(held, set);
        after = set.version;
        // More changes than are kept, now and then, and the same key many times.
        for (let i = 0; i <= (round + message) % 8; i += 1) {
          const key = `k${(round * 7 + i * 3) % 5}`;
          const gone = (round + i) % 4 === 0;
          definitions.changed(null, experiment(key, (round + 1) / 100, gone ? { status: 'ARCHIVED' } : {}));
        }
        definitions.changed(null, experiment('beat', (round * 3 + message + 1) / 1_000));
      }
      await stream.return?.();
    }
    const last = definitions.read(after);
    const whole = definitions.read(null);
    expect([...apply(held, last)].sort()).toEqual([...apply(new Map(), whole)].sort());
    expect(whole.experiments.length).toBeGreaterThan(1);
  });

  test('tells what happens close together in one message', async () => {
    const definitions = createDefinitions({ registry, periodMs: 20 });
    const stream = definitions.follow(null);
    await next(stream);
    const following = next(stream);
    for (const key of ['a', 'b', 'c']) definitions.changed(null, experiment(key, 1));
    definitions.changed(null, experiment('a', 0.5));
    expect(keysOf(await following)).toEqual([
      ['a', 0.5],
      ['b', 1],
      ['c', 1],
    ]);
    await stream.return?.();
  });

  test('completes when the instance stops, waiting or opened later', async () => {
    const definitions = setOf(experiment('a', 1));
    const stream = definitions.follow(null);
    await next(stream);
    const following = stream.next();
    definitions.stop();
    expect(await following).toEqual({ done: true, value: undefined });
    expect((await definitions.follow(null).next()).done).toBe(true);
  });
});
