import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Experiment } from '../../src/core/experiment.js';
import { readCounts } from '../../src/postgres/counts.js';
import { createPool } from '../../src/postgres/database.js';
import { allocationColumns } from '../../src/postgres/rows.js';
import { readArms, readMaturedArms, readPeriodUnits, readSums } from '../../src/postgres/totals.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment, insertRow } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
let experiment: Experiment;
let dryRun: Experiment;
let empty: Experiment;

const hour = (n: number) => new Date(Date.UTC(2025, 0, 1, n));

beforeAll(async () => {
  pool = createPool(await createDatabase());
  const primary = { key: 'bought', type: 'CONVERSION', direction: 'INCREASE', cuped: false, windowHours: 24 } as const;
  const secondary = [{ key: 'constructor', type: 'CONTINUOUS', direction: 'INCREASE', cuped: false } as const];
  const input = { metrics: { primary, secondary, guardrails: [] } };
  experiment = await insertExperiment(pool, 'summed', {}, input);
  dryRun = await insertExperiment(pool, 'tried', { status: 'DRY_RUN' }, input);
  empty = await insertExperiment(pool, 'empty', {}, input);
  for (const of of [experiment, dryRun]) await fill(of);
});
afterAll(() => pool.end());

/** Period 0 with version 1, period 1 with versions 2 and 3, period 2 with version 4, which has no units yet; two shards. */
async function fill({ id, allocation }: Experiment): Promise<void> {
  if (!allocation) throw new Error('no allocation');
  for (const [version, period, green] of [
    [1, 0, 0.5],
    [2, 1, 0.5],
    [3, 1, 0.75],
    [4, 2, 0.9],
  ] as const) {
    // In another order than the experiment's.
    const weights = [
      { variant: 'green', weight: green },
      { variant: 'control', weight: 1 - green },
    ];
    const record = { ...allocation, version, period, weights, experimentId: id, endedAt: null, previousWeights: [], probabilityBest: [] };
    await insertRow(pool, 'allocation', allocationColumns(record));
  }
  for (const [allocation_version, period, variant, shard, units] of [
    [1, 0, 'control', 0, 9],
    [2, 1, 'control', 0, 100],
    [2, 1, 'control', 1, 11],
    [2, 1, 'green', 1, 120],
    [3, 1, 'green', 0, 300],
    [3, 1, 'control', 0, -1],
  ] as const) {
    await insertRow(pool, 'version_units', { experiment_id: id, allocation_version, period, variant, shard, units });
  }
  for (const [period, variant, metric, shard, units, events, total, sum_x, sum_x2] of [
    [0, 'control', 'bought', 0, 4, 5, '5', '4', '4'],
    [1, 'control', 'bought', 0, 30, 50, '50', '30', '30'],
    [1, 'control', 'bought', 1, -2, -3, '-3', '-2', '-2'],
    [1, 'green', 'bought', 1, 60, 61, '61', '60', '60'],
    [1, 'green', 'constructor', 0, 2, 2, '0.000000001', '0.000000001', '0.000000000000000001'],
    [1, 'green', 'constructor', 1, 1, 1, '123456789012345678901.5', '123456789012345678901.5', '1e30'],
    [1, 'green', 'unregistered', 0, 7, 7, '7', '7', '7'],
  ] as const) {
    await insertRow(pool, 'metric_total', { experiment_id: id, period, variant, metric, shard, units, events, total, sum_x, sum_x2 });
  }
  for (const [at, period, variant, shard, units, sum_x] of [
    [hour(9), 1, 'control', 0, 70, 20],
    [hour(10), 1, 'control', 0, 30, 5],
    [hour(10), 1, 'control', 1, 5, 2],
    [hour(11), 1, 'control', 1, 5, 1],
    [hour(11), 1, 'green', 0, 420, 60],
  ] as const) {
    await insertRow(pool, 'cohort_total', { hour: at, experiment_id: id, period, variant, shard, units, sum_x, sum_x2: sum_x });
  }
}

const none = { units: 0, events: 0, total: '0', sumX: '0', sumX2: '0' };

test('sums add up the shards, exactly, without the units of the dry run', async () => {
  const sums = await readSums(pool, experiment);
  expect(sums?.versions).toEqual([
    { version: 2, period: 1, propensities: [0.5, 0.5], units: [111, 120] },
    { version: 3, period: 1, propensities: [0.25, 0.75], units: [-1, 300] },
    { version: 4, period: 2, propensities: [expect.closeTo(0.1, 12), 0.9], units: [0, 0] },
  ]);
  expect(sums?.arms).toEqual([
    {
      variant: 'control',
      period: 1,
      units: 110,
      metrics: { bought: { units: 28, events: 47, total: '47', sumX: '28', sumX2: '28' }, constructor: none },
    },
    {
      variant: 'green',
      period: 1,
      units: 420,
      metrics: {
        bought: { units: 60, events: 61, total: '61', sumX: '60', sumX2: '60' },
        constructor: {
          units: 3,
          events: 3,
          total: '123456789012345678901.500000001',
          sumX: '123456789012345678901.500000001',
          sumX2: '1000000000000000000000000000000.000000000000000001',
        },
      },
    },
  ]);
});

test('sums of a dry run are those of its own units, cells without any listed too', async () => {
  const bought = { units: 4, events: 5, total: '5', sumX: '4', sumX2: '4' };
  expect(await readSums(pool, dryRun)).toMatchObject({
    versions: [{ version: 1, period: 0, propensities: [0.5, 0.5], units: [9, 0] }],
    arms: [
      { variant: 'control', period: 0, units: 9, metrics: { bought, constructor: none } },
      { variant: 'green', period: 0, units: 0, metrics: { bought: none, constructor: none } },
    ],
  });
  expect(await readSums(pool, empty)).toEqual({ versions: [], arms: [] });
});

test('arms of many experiments have the metrics of one role alone', async () => {
  const bought = { units: 4, events: 5, total: '5', sumX: '4', sumX2: '4' };
  const primary = await readArms(pool, [empty, dryRun, experiment], 'PRIMARY');
  expect([...primary.keys()]).toEqual([empty.id, dryRun.id, experiment.id]);
  expect(primary.get(empty.id)).toEqual([]);
  expect(primary.get(dryRun.id)).toEqual([
    { variant: 'control', period: 0, units: 9, metrics: { bought } },
    { variant: 'green', period: 0, units: 0, metrics: { bought: none } },
  ]);
  expect(primary.get(experiment.id)).toMatchObject([{ units: 110 }, { units: 420 }]);
  const secondary = await readArms(pool, [experiment], 'SECONDARY');
  expect(secondary.get(experiment.id)?.map(({ metrics }) => Object.keys(metrics))).toEqual([['constructor'], ['constructor']]);
  expect(await readArms(pool, [], 'PRIMARY')).toEqual(new Map());
});

test('units of a period are those of its versions together', async () => {
  expect(await readPeriodUnits(pool, experiment.id, 1)).toEqual(
    new Map([
      ['control', 110],
      ['green', 420],
    ]),
  );
  expect(await readPeriodUnits(pool, experiment.id, 2)).toEqual(new Map());
});

test.each([
  ['while all are young', hour(33), [0, '0'], [0, '0']],
  ['when the first hour has matured', hour(34), [70, '20'], [0, '0']],
  ['a moment before the second has', new Date(hour(35).getTime() - 1), [70, '20'], [0, '0']],
  ['when the second has', hour(35), [105, '27'], [0, '0']],
  ['when all have', hour(36), [110, '28'], [420, '60']],
] as const)('matured sums leave out the cohorts whose window is still open: %s', async (_, at, control, green) => {
  const arms = await readMaturedArms(pool, experiment, at);
  const cellOf = (variant: string, [units, sumX]: readonly [number, string]) => ({
    variant,
    period: 1,
    units,
    metrics: { bought: { units: Number(sumX), sumX, sumX2: sumX } },
  });
  expect(arms).toMatchObject([cellOf('control', control), cellOf('green', green)]);
});

test('without a window all units have matured', async () => {
  const { definition } = experiment;
  const metrics = definition.metrics.map((metric) => ({ ...metric, windowHours: null }));
  const arms = await readMaturedArms(pool, { ...experiment, definition: { ...definition, metrics } }, hour(0));
  expect(arms.map(({ units }) => units)).toEqual([110, 420]);
});

test('counts list every variant and metric, zeros too, all periods together', async () => {
  await insertRow(pool, 'bot_tally', { experiment_id: experiment.id, shard: 0, events: 3 });
  await insertRow(pool, 'bot_tally', { experiment_id: experiment.id, shard: 5, events: 4 });
  await insertRow(pool, 'mismatch_tally', { experiment_id: experiment.id, shard: 0, units: 1 });
  await insertRow(pool, 'mismatch_tally', { experiment_id: experiment.id, shard: 7, units: 1 });
  const [nothing, counted] = await readCounts(pool, [empty, experiment]);
  expect(counted).toEqual({
    experimentId: experiment.id,
    experimentKey: 'summed',
    at: expect.any(Date),
    variants: [
      {
        variant: 'control',
        exposures: 119,
        conversions: 32,
        events: 52,
        metrics: [
          { metric: 'bought', units: 32, events: 52, total: 52 },
          { metric: 'constructor', units: 0, events: 0, total: 0 },
        ],
      },
      {
        variant: 'green',
        exposures: 420,
        conversions: 60,
        events: 64,
        metrics: [
          { metric: 'bought', units: 60, events: 61, total: 61 },
          { metric: 'constructor', units: 3, events: 3, total: 123456789012345680000 },
        ],
      },
    ],
    botEvents: 7,
    mismatchedUnits: 2,
  });
  expect(nothing).toMatchObject({ botEvents: 0, mismatchedUnits: 0 });
  expect(nothing?.variants.map(({ variant, exposures, events }) => [variant, exposures, events])).toEqual([
    ['control', 0, 0],
    ['green', 0, 0],
  ]);
  expect(await readCounts(pool, [])).toEqual([]);
});
