import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Experiment } from '../../src/core/experiment.js';
import { createSeriesReads } from '../../src/postgres/series.js';
import { createSeries } from '../../src/services/series.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** Charts over days of which the clock knows, on a real database. */

const minuteMs = 60_000;
const start = new Date('2026-11-01T09:20:00Z');
const atMinute = (minutes: number) => new Date(start.getTime() + minutes * minuteMs);
let now = start;
let instance: ReturnType<typeof createInstance>;
let series: ReturnType<typeof createSeries>;

beforeAll(async () => {
  const clock = { now: () => now };
  instance = createInstance(await createDatabase(), clock);
  series = createSeries({ reads: createSeriesReads(instance.pool), clock });
  await instance.registry.refresh();
});
afterAll(() => instance.close());

async function started(key: string): Promise<Experiment> {
  now = start;
  await instance.experiments.create(command, sampleInput({ key, design: 'BANDIT' }));
  await instance.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
  return experimentOf(key);
}

function experimentOf(key: string): Experiment {
  const experiment = instance.registry.byKey(key);
  if (!experiment) throw new Error(`no experiment ${key}`);
  return experiment;
}

const question = { from: null, to: null, maxPoints: 200 };

describe('counts', () => {
  let experiment: Experiment;
  let sent = 0;

  /** Lets units meet a variant; what the clock shows is when they are counted. */
  async function expose(variant: string, units: number, converted: number): Promise<void> {
    const exposures = [];
    const events = [];
    for (let i = 0; exposures.length < units; i += 1) {
      const unit = { userId: `${now.getTime()}-${i}`, isBot: false };
      const id = `e${++sent}`;
      const occurredAt = now.toISOString();
      const { results } = await instance.events.track(sender, {
        exposures: [{ eventId: id, experimentKey: 'counts', unit, variant, occurredAt }],
        events: [],
      });
      if (results[0]?.status !== 'ACCEPTED') continue;
      exposures.push(unit);
      if (events.length < converted) events.push({ eventId: `${id}-p`, metric: 'purchase', unit, value: 1, occurredAt });
    }
    await instance.events.track(sender, { exposures: [], events });
  }

  const shown = async (asked: Partial<typeof question | { from: Date; to: Date; maxPoints: number }> = {}) =>
    (await series.counts(experiment, { ...question, ...asked })).map(({ at, variants }) => [
      at.toISOString().slice(8, 16),
      ...variants.map(({ exposures, conversions }) => `${exposures}/${conversions}`),
    ]);

  beforeAll(async () => {
    experiment = await started('counts');
    await expose('control', 3, 1);
    now = atMinute(30);
    await expose('green', 2, 2);
    now = atMinute(100);
    await expose('control', 1, 1);
    now = atMinute(200);
  });

  test('show at each full hour what live counts showed then, and at the end what they show', async () => {
    expect(await shown()).toEqual([
      ['01T10:00', '3/1', '2/2'],
      ['01T11:00', '3/1', '2/2'],
      ['01T12:00', '4/2', '2/2'],
      ['01T12:40', '4/2', '2/2'],
    ]);
    const [live] = await instance.reads.counts([experiment]);
    expect(live?.variants.map(({ exposures, conversions }) => `${exposures}/${conversions}`)).toEqual(['4/2', '2/2']);
  });

  test('count all that came before a later beginning, and nothing that came after an earlier end', async () => {
    expect(await shown({ from: atMinute(95) })).toEqual([
      ['01T11:00', '3/1', '2/2'],
      ['01T12:00', '4/2', '2/2'],
      ['01T12:40', '4/2', '2/2'],
    ]);
    expect(await shown({ to: atMinute(60) })).toEqual([
      ['01T10:00', '3/1', '2/2'],
      ['01T10:20', '3/1', '2/2'],
    ]);
    expect(await shown({ from: atMinute(0), to: atMinute(20) })).toEqual([['01T09:40', '0/0', '0/0']]);
    expect(await shown({ from: atMinute(60), to: atMinute(20) })).toEqual([]);
  });

  test('take longer steps for fewer points', async () => {
    expect(await shown({ maxPoints: 3 })).toEqual([
      ['01T10:00', '3/1', '2/2'],
      ['01T12:00', '4/2', '2/2'],
      ['01T12:40', '4/2', '2/2'],
    ]);
    expect(await shown({ maxPoints: 1 })).toEqual([['01T12:40', '4/2', '2/2']]);
  });

  test('are none before anybody can be counted', async () => {
    await instance.experiments.create(command, sampleInput({ key: 'draft' }));
    expect(await series.counts(experimentOf('draft'), question)).toEqual([]);
  });
});

describe('weights and effects over 28 days of minutes', () => {
  const minutes = 28 * 24 * 60;
  let experiment: Experiment;

  beforeAll(async () => {
    experiment = await started('long');
    const { id } = experiment;
    // A move a minute by the bandit, but for two by a person.
    await instance.pool.query(
      `insert into allocation (experiment_id, version, traffic_allocation, max_traffic_allocation, runs, weights, previous_weights, probability_best, period, cause, started_at)
       select experiment_id, 1 + n, 1, 1, runs, jsonb_build_array(jsonb_build_object('variant', 'control', 'weight', n / 100000.0)), weights, '[]', period,
              case when n in (1234, 30001) then 'MANUAL' else 'BANDIT' end, started_at + n * interval '1 minute'
       from allocation cross join generate_series(1, $2) as n where experiment_id = $1 and version = 1`,
      [id, minutes],
    );
    await instance.pool.query(
      `insert into evaluation (experiment_id, sequence, at, final, result)
       select $1, n, $3::timestamptz + n * interval '1 minute', false, jsonb_build_object('result', jsonb_build_object(
         'decision', 'KEEP_RUNNING', 'comparisons', jsonb_build_array(
           jsonb_build_object('metric', 'purchase', 'variant', 'green', 'controlUnits', n, 'variantUnits', n + 1, 'effect', 1.0 / n, 'lift', null,
             'interval', jsonb_build_object('lower', -1.0 / n, 'upper', null, 'level', 0.95), 'liftInterval', null, 'outcome', 'INCONCLUSIVE'),
           jsonb_build_object('metric', 'other', 'variant', 'green'))))
       from generate_series(1, $2) as n`,
      [id, minutes, start],
    );
    now = atMinute(minutes + 1);
  });

  const versions = async (asked: object) => (await series.weights(experiment, { ...question, ...asked })).map(({ version }) => version);

  test('weights are thinned evenly, the first, the latest and moves by people kept', async () => {
    const points = await series.weights(experiment, question);
    expect(points.length).toBeLessThanOrEqual(200);
    expect(points[0]).toMatchObject({ version: 1, at: start, cause: 'START', trafficAllocation: 1 });
    expect(points.at(-1)).toMatchObject({
      version: minutes + 1,
      cause: 'BANDIT',
      weights: [{ variant: 'control', weight: minutes / 100_000 }],
    });
    expect(points.filter(({ cause }) => cause === 'MANUAL').map(({ version }) => version)).toEqual([1_235, 30_002]);
    const gaps = points.slice(1).map(({ version }, i) => version - (points[i]?.version ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(210);
  });

  test('weights of a part begin with those in force then', async () => {
    expect(await versions({ from: atMinute(10.5), to: atMinute(14) })).toEqual([11, 12, 13, 14]);
    expect(await versions({ from: atMinute(10.5), to: atMinute(10.6) })).toEqual([11]);
    expect(await versions({ from: atMinute(12), to: atMinute(11) })).toEqual([]);
    expect(await versions({ from: atMinute(minutes + 5), maxPoints: 1 })).toEqual([minutes + 1]);
  });

  test('the effect is thinned evenly, the latest evaluation kept', async () => {
    const [green, ...others] = await series.effects(experiment, { ...question, metric: null, variant: null, maxPoints: 100 });
    expect(others).toEqual([]);
    expect(green).toMatchObject({ variant: 'green', metric: 'purchase' });
    expect(green?.points).toHaveLength(100);
    expect(green?.points.at(-1)).toEqual({
      sequence: minutes,
      at: atMinute(minutes),
      units: 2 * minutes + 1,
      effect: 1 / minutes,
      interval: { lower: -1 / minutes, upper: null, level: 0.95 },
      lift: null,
      liftInterval: null,
      outcome: 'INCONCLUSIVE',
      decision: 'KEEP_RUNNING',
    });
    const part = await series.effects(experiment, {
      ...question,
      metric: 'purchase',
      variant: 'green',
      from: atMinute(5),
      to: atMinute(7),
    });
    expect(part[0]?.points.map(({ sequence }) => sequence)).toEqual([5, 6]);
  });
});

test('refuses sizes out of range, and metrics and variants that there are none of', async () => {
  const experiment = await started('refusals');
  const effects = { ...question, metric: null, variant: null };
  for (const maxPoints of [0, 1_001]) {
    await expect(series.weights(experiment, { ...question, maxPoints })).rejects.toThrow('1 to 1000');
    await expect(series.counts(experiment, { ...question, maxPoints })).rejects.toThrow('1 to 1000');
    await expect(series.effects(experiment, { ...effects, maxPoints })).rejects.toThrow('1 to 1000');
  }
  await expect(series.effects(experiment, { ...effects, metric: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(series.effects(experiment, { ...effects, variant: 'nothing' })).rejects.toMatchObject({ code: 'VARIANT_NOT_FOUND' });
  expect(await series.effects(experiment, { ...effects, variant: 'control' })).toEqual([]);
  expect(await series.effects(experiment, effects)).toEqual([{ variant: 'green', metric: 'purchase', points: [] }]);
});
