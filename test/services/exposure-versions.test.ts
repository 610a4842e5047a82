import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Allocation } from '../../src/core/allocation.js';
import { couldHaveServed } from '../../src/core/assignment.js';
import { defaultEvaluation } from '../../src/core/definition.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** Under which version an exposure is analysed that names none. */

const start = Date.UTC(2026, 10, 1);
const at = (minute: number): string => new Date(start + minute * 60_000).toISOString();

let minuteNow = 0;
let instance: ReturnType<typeof createInstance>;
let other: ReturnType<typeof createInstance>;

beforeAll(async () => {
  const url = await createDatabase();
  const now = () => new Date(at(minuteNow));
  instance = createInstance(url, { now });
  other = createInstance(url, { now });
  await instance.registry.refresh();
});
afterAll(async () => {
  await instance.close();
  await other.close();
});

let made = 0;

/** An experiment whose control has one of these shares from these minutes on. */
async function withShares(shares: readonly (readonly [minute: number, share: number])[]): Promise<string> {
  made += 1;
  const key = `shares-${made}`;
  const weights = (share: number) => [
    { variant: 'control', weight: share },
    { variant: 'green', weight: 1 - share },
  ];
  minuteNow = 0;
  await instance.experiments.create(command, sampleInput({ key, evaluation: { ...defaultEvaluation, segments: [] } }));
  for (const [i, [minute, share]] of shares.entries()) {
    minuteNow = minute;
    if (i === 0) await instance.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
    else await instance.allocations.setWeights(command, key, weights(share), null);
  }
  minuteNow = 1_000;
  return key;
}

const experimentOf = (key: string) =>
  instance.registry.compiledByKey(key) as NonNullable<ReturnType<typeof instance.registry.compiledByKey>>;

async function servedBy(key: string, number: number, unitId: string): Promise<string> {
  const experiment = experimentOf(key);
  const version = (await instance.reads.allocation(experiment.id, number)) as Allocation;
  const serves = ({ key: variant }: { key: string }) => couldHaveServed(experiment, { unitId, variant, version, sha256: instance.sha256 });
  return experiment.variants.find(serves)?.key ?? '';
}

interface Shown {
  readonly unitId: string;
  readonly variant: string;
  readonly minute: number;
}

async function expose(key: string, units: readonly Shown[], by = instance) {
  const exposures = units.map(({ unitId, variant, minute }) => ({
    eventId: `${key} ${unitId}`,
    experimentKey: key,
    unit: { userId: unitId, isBot: false },
    variant,
    occurredAt: at(minute),
  }));
  const { results } = await by.events.track(sender, { exposures, events: [] });
  return results.map(({ status, code }) => code ?? status);
}

async function versionsOf(key: string): Promise<Map<string, number>> {
  const { rows } = await instance.pool.query('select unit_id, allocation_version from unit_exposure where experiment_id = $1', [
    experimentOf(key).id,
  ]);
  return new Map(rows.map((row) => [row.unit_id, row.allocation_version]));
}

const units = Array.from({ length: 300 }, (_, n) => `u${n}`);

test('is the one that was in force when it occurred, for units whose slot has moved since and for those whose has not', async () => {
  const key = await withShares([
    [1, 0.5],
    [10, 0.1],
  ]);
  const early = await Promise.all(units.map(async (unitId) => ({ unitId, variant: await servedBy(key, 1, unitId), minute: 5 })));
  const late = await Promise.all(
    units.map(async (id) => ({ unitId: `${id}-late`, variant: await servedBy(key, 2, `${id}-late`), minute: 20 })),
  );
  expect(new Set(await expose(key, [...early, ...late]))).toEqual(new Set(['ACCEPTED']));
  const versions = await versionsOf(key);
  expect(new Set(early.map(({ unitId }) => versions.get(unitId)))).toEqual(new Set([1]));
  expect(new Set(late.map(({ unitId }) => versions.get(unitId)))).toEqual(new Set([2]));
  // As many of each variant as the versions' shares let through, so that the sample ratio holds: 50% and 10%, within four standard errors.
  const shareOf = (list: typeof early) => list.filter(({ variant }) => variant === 'control').length / list.length;
  expect(Math.abs(shareOf(early) - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 300));
  expect(Math.abs(shareOf(late) - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 300));
});

test('is found among many', async () => {
  const key = await withShares(Array.from({ length: 60 }, (_, i) => [10 * (i + 1), 0.2 + 0.01 * (i % 7)] as const));
  // One exposure in the middle of each version's time, of a unit that only a few versions in a row serve the same.
  const list = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => ({
      unitId: `unit-${i}`,
      variant: await servedBy(key, i + 1, `unit-${i}`),
      minute: 10 * (i + 1) + 5,
    })),
  );
  expect(new Set(await expose(key, list))).toEqual(new Set(['ACCEPTED']));
  const versions = await versionsOf(key);
  expect(list.map(({ unitId }) => versions.get(unitId))).toEqual(list.map((_, i) => i + 1));
});

test('is the latest before that serves the variant where the one in force does not, else the earliest after', async () => {
  const key = await withShares([
    [10, 0.5],
    [20, 0.1],
    [30, 0.9],
  ]);
  // Control, then green, then control again.
  const there = await Promise.all(
    units.map(async (id) => [await servedBy(key, 1, id), await servedBy(key, 2, id), await servedBy(key, 3, id)]),
  );
  const [kept, slow, before, never] = units.filter((_, i) => there[i]?.join() === 'control,green,control') as [
    string,
    string,
    string,
    string,
  ];
  const greens = units.filter((_, i) => there[i]?.join() === 'green,green,control');
  const answers = await expose(key, [
    { unitId: kept, variant: 'control', minute: 25 },
    { unitId: slow, variant: 'green', minute: 15 },
    { unitId: before, variant: 'control', minute: 5 },
    { unitId: never, variant: 'purple', minute: 25 },
    { unitId: greens[0] as string, variant: 'green', minute: 35 },
    { unitId: greens[1] as string, variant: 'control', minute: 15 },
  ]);
  expect(answers).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED', 'VARIANT_MISMATCH', 'ACCEPTED', 'ACCEPTED']);
  const versions = await versionsOf(key);
  expect([kept, slow, before, never, greens[0], greens[1]].map((id) => versions.get(id as string))).toEqual([1, 2, 1, undefined, 2, 3]);
});

test('is known to an instance that has not heard of it yet', async () => {
  const key = await withShares([[10, 0.5]]);
  await other.registry.refresh();
  minuteNow = 20;
  const weights = [
    { variant: 'control', weight: 0.1 },
    { variant: 'green', weight: 0.9 },
  ];
  await instance.allocations.setWeights(command, key, weights, null);
  const there = await Promise.all(units.map(async (id) => [await servedBy(key, 1, id), await servedBy(key, 2, id)]));
  const [unitId] = units.filter((_, i) => there[i]?.join() === 'control,green') as [string];
  expect(other.registry.byKey(key)?.allocation?.version).toBe(1);
  expect(await expose(key, [{ unitId, variant: 'green', minute: 20 }], other)).toEqual(['ACCEPTED']);
  expect((await versionsOf(key)).get(unitId)).toBe(2);
});
