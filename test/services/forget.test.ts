import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unavailable } from '../../src/postgres/database.js';
import { createForgetStore } from '../../src/postgres/forget.js';
import { createForget, type ForgetParts } from '../../src/services/forget.js';
import { createRecordedVariants } from '../../src/services/recorded-variants.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

let one: ReturnType<typeof createInstance>;
beforeAll(async () => {
  one = createInstance(await createDatabase());
});
afterAll(async () => {
  await one.close();
});

const sender = { apiKeyId: null, idempotencyKey: null, fingerprint: '' };
const everybodyGreen = [
  { key: 'control', weight: 0, isControl: true },
  { key: 'green', weight: 1, isControl: false },
];

/** A service that forgets, whose stores fail as often as the test says. */
function createFlaky({ store: broken = 0, copies: away = 0 }: { readonly store?: number; readonly copies?: number }) {
  const store = createForgetStore(one.pool);
  const log: string[] = [];
  const failing = (times: number) => {
    let left = times;
    return async (name: string): Promise<void> => {
      log.push(name);
      left -= 1;
      if (left >= 0) throw unavailable(new Error('away'));
    };
  };
  const [failStore, failCopies] = [failing(broken), failing(away)];
  const parts: ForgetParts = {
    changer: one.changer,
    store: {
      ...store,
      dropExposures: async (unit) => {
        await failStore('exposures');
        return store.dropExposures(unit);
      },
      noteForgotten: async () => void log.push('noted'),
    },
    copies: { forget: () => failCopies('copies') },
    experimentIds: () => one.registry.all().map(({ id }) => id),
    dropMemory: () => log.push('memory'),
    announcer: { announce: ({ kind }) => void log.push(kind) },
    ids: { uuid: randomUUID },
  };
  return { forget: createForget(parts), parts, log };
}

async function expose(key: string, userId: string): Promise<void> {
  await one.experiments.create(command, sampleInput({ key, variants: everybodyGreen }));
  await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
  const occurredAt = new Date().toISOString();
  const exposure = { eventId: `x ${key}`, experimentKey: key, unit: { userId, isBot: false }, variant: 'green', occurredAt };
  await one.events.track(sender, { exposures: [exposure], events: [] });
}

const rowsOf = async (userId: string) =>
  (
    await one.pool.query(
      `select (select count(*)::int from unit_exposure where unit_id = $1) as units, (select count(*)::int from raw_exposure where unit_id = $1) as raw`,
      [userId],
    )
  ).rows[0];

test('a request that was cut off goes on where it was when it is repeated, under the same reference', async () => {
  await expose('cut', 'ann');
  const { forget, log } = createFlaky({ store: 1 });
  const once = { ...command, apiKeyId: randomUUID(), idempotencyKey: 'once', fingerprint: 'f' };
  const unit = { unitId: 'ann', hashKey: null };
  await expect(forget.unit(once, unit)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await rowsOf('ann')).toEqual({ units: 0, raw: 1 });
  const repeated = await forget.unit(once, unit);
  expect(repeated).toMatchObject({ experiments: 1, exposures: 1 });
  expect(await rowsOf('ann')).toEqual({ units: 0, raw: 0 });
  const { rows } = await one.pool.query("select after ->> 'reference' as reference from audit_entry where after ? 'reference'");
  expect(rows).toEqual([{ reference: repeated.reference }]);
  // Copies go late: until then a look-up that was under way may have made one; and what they were remembered from goes before the memory.
  expect(log).toEqual(['exposures', 'exposures', 'copies', 'noted', 'memory', 'forgotten']);
});

test('an instance that learns of the unit from a copy that still stands does not go on knowing it', async () => {
  const unit = { experimentId: randomUUID(), unitId: 'zoe' };
  const copies = new Map([[unit.unitId, 'green']]);
  const recordedVariants = createRecordedVariants({
    cache: { get: async (units) => units.map(({ unitId }) => copies.get(unitId) ?? null), set: async () => {} },
    recorded: { variantsOf: async (units) => units.map(() => null) },
  });
  const forget = createForget({
    ...createFlaky({}).parts,
    dropMemory: recordedVariants.clear,
    copies: {
      async forget() {
        expect(await recordedVariants.variantOf(unit)).toBe('green');
        copies.clear();
      },
    },
  });
  await forget.unit(command, { unitId: unit.unitId, hashKey: null });
  expect(recordedVariants.isKnown(unit)).toBe(false);
  expect(await recordedVariants.variantOf(unit)).toBeNull();
});

test('copies that could not be deleted are told of, and a repetition deletes them', async () => {
  await expose('copied', 'bob');
  const { forget, log } = createFlaky({ copies: 1 });
  const unit = { unitId: 'bob', hashKey: 'userId' };
  await expect(forget.unit(command, unit)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('copies') });
  expect(log).toEqual(['exposures', 'copies', 'noted', 'memory', 'forgotten']);
  expect(await rowsOf('bob')).toEqual({ units: 0, raw: 0 });
  expect(await forget.unit(command, unit)).toMatchObject({ experiments: 0, exposures: 0 });
});

test('a hash key that can name no id is refused before anything is deleted', async () => {
  await expose('kept', 'eve');
  const { forget } = createFlaky({});
  await expect(forget.unit(command, { unitId: 'eve', hashKey: 'no name' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await rowsOf('eve')).toEqual({ units: 1, raw: 1 });
});
