import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import { createValidationReads } from '../../src/postgres/validation.js';
import type { TrackInput } from '../../src/services/events.js';
import { createValidations } from '../../src/services/validation.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

const hourMs = 3_600_000;
const start = Date.parse('2025-05-05T10:00:00Z');
let now = start;
let one: ReturnType<typeof createInstance>;
let validations: ReturnType<typeof createValidations>;

beforeAll(async () => {
  const clock = { now: () => new Date(now) };
  one = createInstance(await createDatabase(), clock);
  validations = createValidations({ reads: createValidationReads(one.pool), clock });
});
afterAll(async () => {
  await one.close();
});

const sender = { apiKeyId: null, idempotencyKey: null, fingerprint: '' };
const validationOf = async (key: string) => {
  const experiment = one.registry.byKey(key);
  if (!experiment) throw new Error(`no experiment ${key}`);
  const [validation] = await validations.of([experiment]);
  if (!validation) throw new Error('no validation');
  return validation;
};

/** Sends a day's visitors of a dry run: each meets its variant, each second one buys. @returns how many they were */
async function visit(key: string, count: number): Promise<number> {
  const experiment = one.registry.byKey(key);
  if (!experiment?.allocation) throw new Error(`${key} has not started`);
  const { definition, allocation } = experiment;
  const prefix = experimentPrefix({ salt: definition.salt, experimentKey: key });
  const occurredAt = new Date(now).toISOString();
  const visitors = Array.from({ length: count * 100 }, (_, i) => `${key}-${i}`).flatMap((userId) => {
    const { inclusion, slot } = drawUnit(prefix, userId, one.sha256);
    const run = allocation.runs.find(({ end }) => slot < end);
    const variant = definition.variants[run?.variant ?? 0]?.key ?? '';
    return inclusion < 0.01 ? [{ userId, variant, isBuyer: slot % 2 === 0 }] : [];
  });
  const input: TrackInput = {
    exposures: visitors.map(({ userId, variant }) => ({
      eventId: `x-${userId}`,
      experimentKey: key,
      unit: { userId, isBot: false },
      variant,
      occurredAt,
    })),
    events: visitors
      .filter(({ isBuyer }) => isBuyer)
      .map(({ userId }) => ({ eventId: `e-${userId}`, metric: 'purchase', unit: { userId, isBot: false }, value: 1, occurredAt })),
  };
  const { results } = await one.events.track(sender, input);
  expect(results.filter(({ status }) => status !== 'ACCEPTED')).toEqual([]);
  return visitors.length;
}

test('a dry run of a day that saw both variants and their events passes, and its verdict stays as it was', async () => {
  now = start;
  await one.experiments.create(command, sampleInput({ key: 'sound' }));
  expect(await validationOf('sound')).toMatchObject({ status: 'MISSING', since: null, checks: [] });
  const begun = await one.lifecycle.start(command, 'sound', { dryRun: true, expectedRevision: null });
  expect(begun.warnings).toEqual([]);
  const units = await visit('sound', 200);
  now = start + 23 * hourMs;
  expect(await validationOf('sound')).toMatchObject({ status: 'RUNNING', since: new Date(start), until: null, units });
  now = start + 24 * hourMs;
  expect(await validationOf('sound')).toMatchObject({ status: 'PASSED', until: null, units });

  const { warnings } = await one.lifecycle.start(command, 'sound', { dryRun: false, expectedRevision: null });
  expect(warnings).toEqual([]);
  const kept = await validationOf('sound');
  expect(kept).toMatchObject({ status: 'PASSED', since: new Date(start), until: new Date(now), units });
  now = start + 48 * hourMs;
  expect(await validationOf('sound')).toEqual(kept);
});

test('a start without a dry run warns, and so does each further raise of its traffic', async () => {
  now = start;
  await one.experiments.create(command, sampleInput({ key: 'bold', trafficAllocation: 0.1 }));
  const started = await one.lifecycle.start(command, 'bold', { dryRun: false, expectedRevision: null });
  expect(started.warnings).toMatchObject([{ code: 'NOT_VALIDATED', received: 'MISSING' }]);
  const raised = await one.allocations.setTrafficAllocation(command, 'bold', 0.5, null);
  expect(raised.warnings).toMatchObject([{ code: 'NOT_VALIDATED', received: 'MISSING' }]);
  expect((await one.allocations.setTrafficAllocation(command, 'bold', 0.2, null)).warnings).toEqual([]);
  expect((await one.experiments.update(command, 'bold', { trafficAllocation: 0.6 }, null)).warnings).toMatchObject([
    { code: 'NOT_VALIDATED' },
  ]);
  expect((await one.experiments.update(command, 'bold', { name: 'Bolder' }, null)).warnings).toEqual([]);
});

test('a dry run that is stopped keeps the verdict of that moment', async () => {
  now = start;
  await one.experiments.create(command, sampleInput({ key: 'short' }));
  await one.lifecycle.start(command, 'short', { dryRun: true, expectedRevision: null });
  now = start + 2 * hourMs;
  await one.lifecycle.stop(command, 'short', null, null, null);
  expect(await validationOf('short')).toMatchObject({ status: 'INCOMPLETE', until: new Date(now), units: 0 });
});

test('a start after a dry run with a fault names the fault', async () => {
  now = start;
  await one.experiments.create(command, sampleInput({ key: 'broken' }));
  await one.lifecycle.start(command, 'broken', { dryRun: true, expectedRevision: null });
  await visit('broken', 100);
  const { id } = one.registry.byKey('broken') ?? { id: '' };
  // Half of the variant's exposures lost on their way, as a redirect loses them.
  await one.pool.query("update version_units set units = units / 4 where experiment_id = $1 and variant = 'green'", [id]);
  now = start + 30 * hourMs;
  const { warnings } = await one.lifecycle.start(command, 'broken', { dryRun: false, expectedRevision: null });
  expect(warnings).toMatchObject([{ code: 'NOT_VALIDATED', received: 'FAILED' }]);
  expect(warnings[0]?.message).toMatch(/Units against those planned: control \d+ of /);
  expect((await validationOf('broken')).status).toBe('FAILED');
});
