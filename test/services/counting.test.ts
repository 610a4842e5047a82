import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variantAt } from '../../src/core/allocation.js';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { compareWithOracle } from '../setup/oracle.js';
import { createDatabase } from '../setup/stores.js';

/** Counting against one plain SQL query over the raw rows, whatever comes, in whatever order, at two instances at once. */

const start = Date.now() - 6 * 3_600_000;
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

describe('counting', () => {
  let url: string;
  let one: ReturnType<typeof createInstance>;
  let two: ReturnType<typeof createInstance>;

  beforeAll(async () => {
    url = await createDatabase();
    one = createInstance(url);
    two = createInstance(url);
    await one.registry.refresh();
    const metrics = {
      primary: { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false },
      secondary: [
        { key: 'clicks', type: 'COUNT', direction: 'INCREASE', cuped: false, cap: 3 },
        { key: 'revenue', type: 'CONTINUOUS', direction: 'INCREASE', cuped: false, cap: 50.5, windowHours: 2 },
      ],
      guardrails: [],
    } as const;
    await one.experiments.create(command, sampleInput({ key: 'fixed', metrics }));
    await one.experiments.create(
      command,
      sampleInput({
        key: 'bandit',
        design: 'BANDIT',
        metrics: {
          ...metrics,
          primary: { key: 'revenue', type: 'CONTINUOUS', direction: 'INCREASE', cuped: false, windowHours: 1 },
          secondary: [],
        },
      }),
    );
    await one.experiments.create(command, sampleInput({ key: 'open', design: 'BANDIT', metrics: { ...metrics, secondary: [] } }));
    await one.experiments.create(command, sampleInput({ key: 'tenants', hashKey: 'tenantId', design: 'CLUSTER', metrics }));
    for (const key of ['fixed', 'bandit', 'open', 'tenants'])
      await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
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
    return definition.variants[variantAt(allocation?.runs ?? [], slot)]?.key ?? '';
  }

  const unitOf = (run: number, n: number) => ({ userId: `u${run}-${n}`, tenantId: `t${run}-${n % 2}`, isBot: false });

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
  }

  const steps = fc.array(
    fc.record<Step>({
      kind: fc.constantFrom('exposure', 'event', 'event'),
      id: fc.integer({ min: 0, max: 60 }),
      unit: fc.integer({ min: 0, max: 4 }),
      experiment: fc.constantFrom('fixed', 'bandit', 'open', 'tenants'),
      metric: fc.constantFrom('purchase', 'clicks', 'revenue'),
      minute: fc.integer({ min: 0, max: 300 }),
      value: fc.constantFrom(1, 0.1, 0.2, -3.5, 60, 1e12, 0.000000001),
      only: fc.boolean(),
      wrong: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 60 },
  );

  let run = 0;

  function requestOf(list: readonly Step[], number: number) {
    const exposures = list
      .filter(({ kind }) => kind === 'exposure')
      .map((step) => {
        const unit = unitOf(number, step.unit);
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

  test('they stay equal when weights move, units are overridden and an experiment ends', async () => {
    run += 1;
    const number = run;
    const list = fc.sample(steps, { numRuns: 6, seed: 7 }).flat();
    await one.events.track(sender, requestOf(list.slice(0, 60), number));
    await one.allocations.setWeights(
      command,
      'fixed',
      [
        { variant: 'control', weight: 0.1 },
        { variant: 'green', weight: 0.9 },
      ],
      null,
    );
    await one.allocations.setOverride(command, 'fixed', unitOf(number, 1).userId, 'green');
    const [answer] = await Promise.all([
      two.events.track(sender, requestOf(list.slice(60), number)),
      one.lifecycle.stop(command, 'tenants', null, 'enough', null),
    ]);
    expect(answer.results.length).toBe(list.slice(60).length);
    await one.events.track(sender, requestOf(list, number));
    const { live, oracle } = await compareWithOracle(one.pool);
    expect(live).toEqual(oracle);
  });
});
