import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variantAt } from '../../src/core/allocation.js';
import { defaultEvaluation } from '../../src/core/definition.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import type { ArmSums } from '../../src/core/evaluation.js';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import { readSegments } from '../../src/postgres/segment-totals.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { compareWithOracle } from '../setup/oracle.js';
import { createDatabase } from '../setup/stores.js';

/** Counting against one plain SQL query over the raw rows, whatever comes, in whatever order, at two instances at once. */

const start = Date.now() - 6 * 3_600_000;
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

const conversion = { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false } as const;
const count = { key: 'clicks', type: 'COUNT', direction: 'INCREASE', cuped: false } as const;
const amount = { key: 'revenue', type: 'CONTINUOUS', direction: 'INCREASE', cuped: false } as const;
/** Of events that no metric counts above the line, and of those that another does. */
const perVisit = { ...count, key: 'clicks', type: 'RATIO', denominator: 'visits', windowHours: 2 } as const;
const perPurchase = { ...amount, type: 'RATIO', denominator: 'purchase', cap: 50.5 } as const;
const failures = { key: 'failures', type: 'RATIO', denominator: 'visits', direction: 'DECREASE', threshold: 1, action: 'ALERT' } as const;
const three = {
  primary: conversion,
  secondary: [
    { ...count, cap: 3 },
    { ...amount, cap: 50.5, windowHours: 2 },
  ],
  guardrails: [],
};
const bySegments = { ...defaultEvaluation, segments: ['region', 'plan'] };

/** Every kind of metric, with segments and without, in each way that units are told apart. */
const experiments: Record<string, Partial<DefinitionInput>> = {
  fixed: { metrics: three },
  bandit: { design: 'BANDIT', metrics: { primary: { ...amount, windowHours: 1 }, secondary: [], guardrails: [] } },
  open: { design: 'BANDIT', metrics: { ...three, secondary: [] } },
  tenants: { design: 'CLUSTER', hashKey: 'tenantId', metrics: three },
  ratios: { metrics: { primary: perVisit, secondary: [perPurchase, conversion], guardrails: [failures] }, evaluation: bySegments },
  before: {
    metrics: {
      primary: { ...amount, cap: 50.5, cuped: true },
      secondary: [
        { ...count, cap: 3, cuped: true },
        { ...conversion, cuped: true, windowHours: 1 },
      ],
      guardrails: [],
    },
    evaluation: bySegments,
  },
  'bandit-before': { design: 'BANDIT', metrics: { primary: { ...amount, cuped: true }, secondary: [perVisit], guardrails: [] } },
};
const keys = Object.keys(experiments);

describe('counting', () => {
  let url: string;
  let one: ReturnType<typeof createInstance>;
  let two: ReturnType<typeof createInstance>;

  beforeAll(async () => {
    url = await createDatabase();
    one = createInstance(url);
    two = createInstance(url);
    await one.registry.refresh();
    for (const [key, input] of Object.entries(experiments)) {
      await one.experiments.create(command, sampleInput({ key, ...input }));
      await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
    }
    await two.registry.refresh();
  });

  afterAll(async () => {
    await one.close();
    await two.close();
  });

  function servedVariant(key: string, unitId: string): string {
    const { allocation, definition } = one.registry.byKey(key) as NonNullable<ReturnType<typeof one.registry.byKey>>;
    const prefix = experimentPrefix({ salt: definition.salt, experimentKey: key });
    const { slot } = drawUnit(prefix, unitId, one.sha256);
    return definition.variants[variantAt(allocation?.runs ?? [], slot) as number]?.key ?? '';
  }

  const unitOf = (run: number, n: number) => ({ userId: `u${run}-${n}`, tenantId: `t${run}-${n % 2}`, isBot: false });

  /** A unit may come with other attributes each time: its first exposure decides. */
  const exposedUnit = (run: number, { unit, region }: Step) => ({
    ...unitOf(run, unit),
    attributes: { plan: 'free', ...(region && { region }) },
  });

  interface Step {
    readonly kind: 'exposure' | 'event';
    readonly id: number;
    readonly unit: number;
    readonly experiment: string;
    readonly metric: string;
    readonly minute: number;
    readonly value: number;
    readonly only: boolean;
    readonly wrong: boolean;
    readonly region: string;
  }

  const steps = fc.array(
    fc.record<Step>({
      kind: fc.constantFrom('exposure', 'event', 'event'),
      id: fc.integer({ min: 0, max: 200 }),
      unit: fc.integer({ min: 0, max: 2 }),
      experiment: fc.constantFrom(...keys),
      metric: fc.constantFrom('purchase', 'clicks', 'revenue', 'visits', 'failures'),
      minute: fc.integer({ min: 0, max: 300 }),
      value: fc.constantFrom(1, 0.1, 0.2, -3.5, 60, 1e12, 0.000000001),
      only: fc.boolean(),
      wrong: fc.constantFrom(false, false, false, true),
      region: fc.constantFrom('', 'DE', 'US', 'a=b,c'),
    }),
    { minLength: 1, maxLength: 120, size: 'max' },
  );

  let run = 0;

  function requestOf(list: readonly Step[], number: number) {
    const exposures = list
      .filter(({ kind }) => kind === 'exposure')
      .map((step) => {
        const unit = exposedUnit(number, step);
        const right = servedVariant(step.experiment, step.experiment === 'tenants' ? unit.tenantId : unit.userId);
        const variant = step.wrong ? (right === 'green' ? 'control' : 'green') : right;
        return { eventId: `${number}-${step.id}`, experimentKey: step.experiment, unit, variant, occurredAt: at(step.minute) };
      });
    const events = list
      .filter(({ kind }) => kind === 'event')
      .map((step) => ({
        eventId: `${number}-${step.id}`,
        metric: step.metric,
        unit: unitOf(number, step.unit),
        value: step.value,
        occurredAt: at(step.minute),
        experimentKey: step.only ? step.experiment : null,
      }));
    return { exposures, events };
  }

  test('live totals equal one query over all raw rows, over duplicates, any order and two instances at once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 8 }), async (list, pieces) => {
        run += 1;
        const size = Math.ceil(list.length / pieces);
        const requests = Array.from({ length: pieces }, (_, i) => requestOf(list.slice(i * size, (i + 1) * size), run));
        const answers = await Promise.all(
          // Each request goes to both instances: one of the two must find duplicates.
          requests.flatMap((request) => [one.events.track(sender, request), two.events.track(sender, request)]),
        );
        const accepted = answers.flatMap(({ results }) =>
          results.filter(({ status }) => status === 'ACCEPTED').map(({ eventId }) => eventId),
        );
        expect(new Set(accepted).size).toBe(accepted.length);
        const { rows } = await one.pool.query('select event_id from event_ledger where event_id like $1', [`${run}-%`]);
        expect(rows.map((row) => row.event_id).sort()).toEqual([...accepted].sort());
        const { live, oracle } = await compareWithOracle(one.pool);
        expect(live).toEqual(oracle);
      }),
      { numRuns: 60, seed: 20261121 },
    );
  });

  test('segments that are read while events come in add up to the whole of the same moment', async () => {
    run += 1;
    const list = fc.sample(steps, { numRuns: 15, seed: 11 }).flat();
    const pieces = Array.from({ length: Math.ceil(list.length / 10) }, (_, i) => requestOf(list.slice(10 * i, 10 * i + 10), run));
    const experiment = one.registry.byKey('before');
    if (!experiment) throw new Error('the experiment is gone');
    let isOver = false;
    const written = (async () => {
      for (const piece of pieces) await two.events.track(sender, piece);
    })().finally(() => {
      isOver = true;
    });
    const counted = (arms: readonly ArmSums[]) =>
      arms.reduce((sum, { units, metrics }) => sum + units + Object.values(metrics).reduce((events, own) => events + own.events, 0), 0);
    const seen = new Set<number>();
    do {
      const { arms, segments } = (await readSegments(one.pool, experiment)) ?? { arms: [], segments: [] };
      const regions = segments.filter(({ attribute }) => attribute === 'region');
      const whole = counted(arms);
      expect(regions.reduce((sum, part) => sum + counted(part.arms), 0)).toBe(whole);
      seen.add(whole);
    } while (!isOver);
    await written;
    expect(seen.size).toBeGreaterThan(1);
  });

  test('they stay equal when weights move, units are overridden and an experiment ends', async () => {
    run += 1;
    const number = run;
    const list = fc.sample(steps, { numRuns: 6, seed: 7 }).flat();
    await one.events.track(sender, requestOf(list.slice(0, 60), number));
    for (const key of ['fixed', 'ratios', 'before']) {
      const weights = [
        { variant: 'control', weight: 0.1 },
        { variant: 'green', weight: 0.9 },
      ];
      await one.allocations.setWeights(command, key, weights, null);
      await one.allocations.setOverride(command, key, unitOf(number, 1).userId, 'green');
    }
    const [answer] = await Promise.all([
      two.events.track(sender, requestOf(list.slice(60), number)),
      ...['tenants', 'ratios', 'before'].map((key) => one.lifecycle.stop(command, key, null, 'enough', null)),
    ]);
    expect(answer.results.length).toBe(list.slice(60).length);
    await one.events.track(sender, requestOf(list, number));
    const { live, oracle } = await compareWithOracle(one.pool);
    expect(live).toEqual(oracle);
  });

  test('what was compared held second values and segments of every kind', async () => {
    const { rows } = await one.pool.query(
      `select e.key, t.metric, count(distinct t.segment) > 2 as has_segments
       from metric_total t join experiment e on e.id = t.experiment_id where t.sum_xy <> 0 group by 1, 2 order by 1, 2`,
    );
    expect(rows).toEqual([
      { key: 'bandit-before', metric: 'clicks', has_segments: false },
      { key: 'bandit-before', metric: 'revenue', has_segments: false },
      { key: 'before', metric: 'clicks', has_segments: true },
      { key: 'before', metric: 'purchase', has_segments: true },
      { key: 'before', metric: 'revenue', has_segments: true },
      { key: 'ratios', metric: 'clicks', has_segments: true },
      { key: 'ratios', metric: 'failures', has_segments: true },
      { key: 'ratios', metric: 'revenue', has_segments: true },
    ]);
  });
});
