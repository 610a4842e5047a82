import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variantAt } from '../../src/core/allocation.js';
import { defaultEvaluation } from '../../src/core/definition.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import type { Experiment } from '../../src/core/experiment.js';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import type { RateScore } from '../../src/core/health-score.js';
import { readCohorts } from '../../src/postgres/cohorts.js';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { createBandit } from '../../src/services/bandit.js';
import { createHealth } from '../../src/services/health.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** Health of experiments on a real database: who is alerted to what, and what halts a bandit. The clock is the test's. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const start = Date.UTC(2026, 2, 2, 8);

let now = start;
let one: ReturnType<typeof createInstance>;
let bandit: ReturnType<typeof createBandit>;
/** What the bandit's meter was told. */
const outcomes: string[] = [];
const scores = new Map<string, readonly { readonly variant: string; readonly z: number }[]>();

beforeAll(async () => {
  one = createInstance(await createDatabase(), { now: () => new Date(now) });
  const meter = {
    ticked: (outcome: string) => void outcomes.push(outcome),
    scored: ({ definition }: Experiment, found: readonly RateScore[]) => void scores.set(definition.key, found),
  };
  bandit = createBandit({ changer: one.changer, meter });
  await one.registry.refresh();
});
afterAll(async () => {
  await one.close();
});

async function running(key: string, changes: Partial<DefinitionInput> = {}) {
  await one.experiments.create(command, sampleInput({ key, name: key, ...changes }));
  return (await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null })).experiment;
}

const stateOf = (key: string) => one.registry.byKey(key) as NonNullable<ReturnType<typeof one.registry.byKey>>;

/** Newest first. */
async function alertsOf(key: string) {
  const { items } = await one.reads.alerts({ limit: 100, backward: false, after: null, before: null }, { experimentKeys: [key] });
  return items.map(({ node }) => node);
}

function servedVariant(key: string, unitId: string): string {
  const { allocation, definition } = stateOf(key);
  const { slot } = drawUnit(experimentPrefix({ salt: definition.salt, experimentKey: key }), unitId, one.sha256);
  return definition.variants[variantAt(allocation?.runs ?? [], slot) as number]?.key ?? '';
}

let people = 0;

/** Units that meet their variant at a time, and exactly so many of each variant's that convert, one by one. */
async function meet(key: string, units: number, rates: Readonly<Record<string, number>>, at: number): Promise<void> {
  const occurredAt = new Date(at).toISOString();
  const due: Record<string, number> = {};
  const exposures: object[] = [];
  const events: object[] = [];
  for (let i = 0; i < units; i++) {
    const userId = `person-${people++}`;
    const unit = { userId, isBot: false };
    const variant = servedVariant(key, userId);
    exposures.push({ eventId: `x-${key}-${userId}`, experimentKey: key, unit, variant, occurredAt });
    due[variant] = (due[variant] ?? 0) + (rates[variant] ?? 0);
    if ((due[variant] ?? 0) < 1) continue;
    due[variant] = (due[variant] ?? 0) - 1;
    events.push({ eventId: `e-${key}-${userId}`, metric: 'purchase', unit, value: 1, occurredAt, experimentKey: null });
  }
  for (let from = 0; from < units; from += 900) await send({ exposures: exposures.slice(from, from + 900), events: [] });
  for (let from = 0; from < events.length; from += 900) await send({ exposures: [], events: events.slice(from, from + 900) });
}

async function send(request: { exposures: object[]; events: object[] }): Promise<void> {
  const { results } = await one.events.track(sender, request as never);
  expect(results.filter(({ status }) => status !== 'ACCEPTED')).toEqual([]);
}

describe('a bandit', () => {
  const settings = {
    design: 'BANDIT' as const,
    bandit: {
      intervalSeconds: 60,
      minWeight: 0.1,
      maxWeight: 0.9,
      smoothing: 0.3,
      minUnitsPerArm: 100,
      burnInSeconds: 0,
      explorationDecay: 0.5,
    },
  };

  test('halts at a rate that triples, returns to equal weights with an alert, and goes on from its resumption', async () => {
    now = start;
    const { id } = await running('tripled', settings);
    for (const hour of [0, 1]) {
      now = start + hour * hourMs + 50 * minuteMs;
      await meet('tripled', 1600, { control: 0.1, green: 0.11 }, now - minuteMs);
      expect(['held', 'moved']).toContain(await bandit.tick(id));
    }
    expect(await readCohorts(one.pool, stateOf('tripled'), new Date(start), new Date(start + hourMs))).toHaveLength(4);

    now = start + 2 * hourMs + 30 * minuteMs;
    await meet('tripled', 1600, { control: 0.1, green: 0.4 }, now - minuteMs);
    expect(await bandit.tick(id)).toBe('halted');
    expect(outcomes.at(-1)).toBe('halted');
    const [control, green] = scores.get('tripled') ?? [];
    expect([control?.variant, green?.variant]).toEqual(['control', 'green']);
    expect(Math.abs(control?.z ?? Number.NaN)).toBeLessThan(1);
    expect(green?.z).toBeGreaterThan(10);
    const halted = stateOf('tripled');
    expect(halted.banditHaltedAt).toEqual(new Date(now));
    expect(halted.allocation).toMatchObject({ cause: 'REVERT', weights: [{ weight: 0.5 }, { weight: 0.5 }] });
    const alerts = await alertsOf('tripled');
    expect(alerts.map(({ kind, severity, variant }) => `${kind} ${severity} ${variant}`).sort()).toEqual([
      'BANDIT_HALTED CRITICAL null',
      'CONVERSION_ANOMALY CRITICAL green',
    ]);
    expect(alerts.find(({ variant }) => variant === 'green')?.message).toMatch(
      /^The conversion rate of variant "green" rose from 11.0% to 40.0%/,
    );
    expect(alerts.find(({ kind }) => kind === 'BANDIT_HALTED')?.message).toBe(
      'The bandit of "tripled" was halted: its weights are equal until somebody resumes it. CONVERSION_ANOMALY says why.',
    );

    now += 2 * minuteMs;
    expect(await bandit.tick(id)).toBe('idle');
    const { experiment: resumed } = await one.lifecycle.resumeBandit(command, 'tripled', null);
    expect(resumed).toMatchObject({ banditHaltedAt: null, banditResumedAt: new Date(now) });
    expect((await alertsOf('tripled')).every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
    // The same evidence is there still, and the fault goes on for a while: neither halts it again.
    now += 2 * minuteMs;
    await meet('tripled', 400, { control: 0.1, green: 0.4 }, now);
    expect(['held', 'moved']).toContain(await bandit.tick(id));
    // A new history begins with the next hour, and a new fault is one against that.
    for (const hour of [3, 4]) {
      now = start + hour * hourMs + 30 * minuteMs;
      await meet('tripled', 3000, { control: 0.1, green: 0.1 }, now - minuteMs);
      expect(['held', 'moved']).toContain(await bandit.tick(id));
    }
    now = start + 5 * hourMs + 30 * minuteMs;
    await meet('tripled', 2000, { control: 0.6, green: 0.1 }, now - minuteMs);
    expect(await bandit.tick(id)).toBe('halted');
    expect((await alertsOf('tripled')).filter(({ kind, variant }) => kind === 'CONVERSION_ANOMALY' && variant === 'control')).toHaveLength(
      1,
    );
  });

  test('goes on when all arms triple alike', async () => {
    now = start;
    const { id } = await running('evening', settings);
    for (const [hour, rate] of [0.1, 0.1, 0.3, 0.3].entries()) {
      now = start + hour * hourMs + 50 * minuteMs;
      await meet('evening', 1600, { control: rate, green: rate * 1.1 }, now - minuteMs);
      expect(['held', 'moved']).toContain(await bandit.tick(id));
    }
    expect(await alertsOf('evening')).toEqual([]);
  });

  test('whose metric has a window judges an hour when the window of its last unit has passed', async () => {
    now = start;
    const primary = { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false, windowHours: 2 } as const;
    const { id } = await running('windowed', { ...settings, metrics: { primary, secondary: [], guardrails: [] } });
    for (const [hour, rate] of [0.1, 0.1, 0.5].entries()) {
      now = start + hour * hourMs + 50 * minuteMs;
      await meet('windowed', 1600, { control: 0.1, green: rate }, now - minuteMs);
      expect(['held', 'moved']).toContain(await bandit.tick(id));
    }
    now = start + 5 * hourMs - 1;
    expect(['held', 'moved']).toContain(await bandit.tick(id));
    now = start + 5 * hourMs + minuteMs;
    expect(await bandit.tick(id)).toBe('halted');
  });
});

describe('the watch', () => {
  const watch = () => {
    const { changer, registry } = one;
    const health = createHealth({
      changer,
      sweeps: createSweeps(one.pool),
      registry,
      clock: { now: () => new Date(now) },
      evaluationPeriodMs: () => dayMs,
    });
    return health.sweep();
  };

  test('warns once of units that met several variants, until the experiment is archived', async () => {
    now = start;
    await running('mixed');
    await meet('mixed', 500, { control: 0.1, green: 0.1 }, now);
    const claims = Array.from({ length: 12 }, (_, i) => {
      const userId = `person-${people - 1 - i}`;
      const variant = servedVariant('mixed', userId) === 'green' ? 'control' : 'green';
      return {
        eventId: `wrong-${i}`,
        experimentKey: 'mixed',
        unit: { userId, isBot: false },
        variant,
        occurredAt: new Date(now).toISOString(),
      };
    });
    await one.events.track(sender, { exposures: claims.slice(0, 9), events: [] } as never);
    await watch();
    expect(await alertsOf('mixed')).toEqual([]);
    await one.events.track(sender, { exposures: claims, events: [] } as never);
    await watch();
    await watch();
    const [alert, ...more] = await alertsOf('mixed');
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ kind: 'MULTIPLE_EXPOSURE', severity: 'WARNING', variant: null, resolvedAt: null });
    expect(alert?.message).toContain('12 units of "mixed" claimed a variant that they were not served, beside 500 that are counted');
    await one.lifecycle.stop(command, 'mixed', null, 'seen', null);
    expect((await alertsOf('mixed'))[0]?.resolvedAt).toBeNull();
    await one.lifecycle.archive(command, 'mixed', null);
    expect((await alertsOf('mixed'))[0]?.resolvedAt).not.toBeNull();
  });

  test('warns of a plan that cannot reach its size, and takes it back when more come', async () => {
    now = start;
    const evaluation = { ...defaultEvaluation, horizonUnits: 100_000 };
    await running('slow', { evaluation });
    await meet('slow', 300, { control: 0.1, green: 0.1 }, now);
    await watch();
    expect(await alertsOf('slow')).toEqual([]);
    now = start + 2 * dayMs;
    await watch();
    const [alert] = await alertsOf('slow');
    expect(alert).toMatchObject({ kind: 'UNDERPOWERED', severity: 'WARNING', resolvedAt: null });
    expect(alert?.message).toBe(
      '"slow" needs 100000 units and has 300: at the pace so far that takes 667 days in all, and 88.0 days are left.',
    );
    await meet('slow', 3000, { control: 0.1, green: 0.1 }, now);
    await watch();
    expect((await alertsOf('slow')).map(({ resolvedAt }) => resolvedAt)).toEqual([new Date(now)]);
  });

  test('takes the warning back at the end', async () => {
    now = start;
    const evaluation = { ...defaultEvaluation, horizonUnits: 100_000 };
    await running('ended', { evaluation });
    now = start + 2 * dayMs;
    await watch();
    expect(await alertsOf('ended')).toMatchObject([{ kind: 'UNDERPOWERED', resolvedAt: null }]);
    await one.lifecycle.stop(command, 'ended', null, 'enough', null);
    expect((await alertsOf('ended'))[0]?.resolvedAt).not.toBeNull();
  });
});

test('a start warns of a plan that its dry run shows to be too small', async () => {
  now = start;
  const evaluation = { ...defaultEvaluation, minimumEffect: 0.05, horizonUnits: 40_000 };
  const { warnings: atCreation } = await one.experiments.create(command, sampleInput({ key: 'dry', evaluation }));
  expect(atCreation).toEqual([]);
  const { warnings: atDryRun } = await one.lifecycle.start(command, 'dry', { dryRun: true, expectedRevision: null });
  expect(atDryRun).toEqual([]);
  // A hundredth of the people is in: of 60,000 ids those drawn in.
  const { definition } = stateOf('dry');
  const prefix = experimentPrefix({ salt: definition.salt, experimentKey: 'dry' });
  const inside = Array.from({ length: 60_000 }, (_, i) => `d${i}`).filter(
    (userId) => drawUnit(prefix, userId, one.sha256).inclusion < 0.01,
  );
  const occurredAt = new Date(now).toISOString();
  const exposures = inside.map((userId) => ({
    eventId: `x-${userId}`,
    experimentKey: 'dry',
    unit: { userId, isBot: false },
    variant: servedVariant('dry', userId),
    occurredAt,
  }));
  const events = inside
    .filter((_, i) => i % 20 === 0)
    .map((userId) => ({
      eventId: `e-${userId}`,
      metric: 'purchase',
      unit: { userId, isBot: false },
      value: 1,
      occurredAt,
      experimentKey: null,
    }));
  await send({ exposures, events });
  const { warnings } = await one.lifecycle.start(command, 'dry', { dryRun: false, expectedRevision: null });
  expect(warnings).toMatchObject([
    { code: 'UNDERPOWERED', path: ['evaluation', 'horizonUnits'], received: 40_000 },
    { code: 'NOT_VALIDATED', received: 'INCOMPLETE' },
  ]);

  const small = { ...defaultEvaluation, minimumEffect: 0.01, horizonUnits: 1_000 };
  const created = await one.experiments.create(command, sampleInput({ key: 'small', evaluation: small }));
  expect(created.warnings).toMatchObject([{ code: 'UNDERPOWERED', path: ['input', 'evaluation', 'horizonUnits'] }]);
  const started = await one.lifecycle.start(command, 'small', { dryRun: false, expectedRevision: null });
  expect(started.warnings).toMatchObject([
    { code: 'UNDERPOWERED', path: ['evaluation', 'horizonUnits'] },
    { code: 'NOT_VALIDATED', received: 'MISSING' },
  ]);
});
