import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

let environment: Record<string, string>;
let service: RunningService;
let sql: Client;
let redis: Redis;
const api = createCaller(() => service);

beforeAll(async () => {
  environment = await makeEnvironment();
  service = await startService(environment);
  sql = new Client({ connectionString: environment.DATABASE_URL });
  await sql.connect();
  redis = new Redis(environment.REDIS_URL ?? '');
});
afterAll(async () => {
  redis.disconnect();
  await sql.end();
  await service.remove();
});

const occurredAt = new Date().toISOString();
const track = (input: object) => api.done('trackEvents', { input });
const countsOf = async (key: string) => {
  const { experiment } = await service.ask(
    'query ($key: ID!) { experiment(key: $key) { counts { mismatchedUnits variants { variant exposures conversions events metrics { metric units total } } } } }',
    { key },
  );
  return experiment.counts;
};

/** Every table with a row, and every key of Redis, that holds the text anywhere. */
async function placesOf(text: string): Promise<string[]> {
  const { rows: tables } = await sql.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname = 'public' and not c.relispartition`,
  );
  const places: string[] = [];
  // Bytes as the serialiser of outcomes writes them: in hexadecimal, as a row's text shows them.
  const hex = Buffer.from(text, 'latin1').toString('hex');
  for (const { name } of tables) {
    const { rows } = await sql.query(`select from ${name} as r where position($1 in r::text) > 0 or position($2 in r::text) > 0`, [
      text,
      hex,
    ]);
    if (rows.length > 0) places.push(name);
  }
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    const value = type === 'string' ? await redis.get(key) : type === 'hash' ? JSON.stringify(await redis.hgetall(key)) : '';
    if (key.includes(text) || value?.includes(text)) places.push(`redis ${type}`);
  }
  return places.sort();
}

async function runningExperiment(key: string, input: object = {}): Promise<void> {
  await api.done('createExperiment', { input: sampleInput({ key, ...input }) });
  await api.done('startExperiment', { key });
}

/** A unit that meets its variant in both experiments, buys twice, claims a wrong variant, and was once overridden in a third. */
async function live(unitId: string, userKeys: readonly string[]): Promise<{ exposures: object[]; events: object[] }> {
  const unit = { userId: unitId, deviceId: `${unitId}-device` };
  const exposures: object[] = [];
  for (const experimentKey of userKeys) {
    const { variant } = await api.done('assignment', { experimentKey, unit }, '{ variant }');
    exposures.push({ eventId: `${experimentKey}-x`, experimentKey, unit, variant, occurredAt });
  }
  const events = [1, 2].map((n) => ({ eventId: `${userKeys[0]}-e${n}`, metric: 'purchase', unit, value: n, occurredAt }));
  const { results } = await track({ exposures, events, idempotencyKey: `${userKeys[0]}-first` });
  expect(results.every(({ status }: { status: string }) => status === 'ACCEPTED')).toBe(true);
  return { exposures, events };
}

describe('forgetUnit', () => {
  const canary = 'canary-7f3a91c2';

  test('leaves no trace of the unit in any table and under any key of Redis, but what it counted for', async () => {
    await runningExperiment('one');
    await runningExperiment('two');
    const { exposures, events } = await live(canary, ['one', 'two']);
    const wrong = { ...exposures[0], eventId: 'one-wrong', variant: 'nonsense' };
    expect((await track({ exposures: [wrong] })).results[0].code).toBe('VARIANT_MISMATCH');
    await api.done('createExperiment', { input: sampleInput({ key: 'three' }) });
    await api.done('setOverride', { key: 'three', unitId: canary, variant: 'green', idempotencyKey: 'override-it' });
    await api.done('setOverride', { key: 'three', unitId: 'other', variant: 'green' });
    const before = { one: await countsOf('one'), two: await countsOf('two') };
    expect(before.one).toMatchObject({ mismatchedUnits: 1 });
    // Fails when the search above finds nothing where there is something.
    expect(await placesOf(canary)).toEqual(
      expect.arrayContaining([
        'audit_entry',
        'experiment',
        'idempotent_outcome',
        'mismatched_unit',
        'raw_event',
        'raw_exposure',
        'redis hash',
        'redis string',
        'unit_exposure',
        'unit_total',
      ]),
    );

    const forgotten = await api.done('forgetUnit', { unitId: canary, hashKey: 'userId' });
    expect(forgotten).toMatchObject({
      experiments: 2,
      totals: 2,
      exposures: 2,
      events: 2,
      mismatches: 1,
      overrides: 1,
    });
    expect(await placesOf(`${canary}"`)).toEqual([]);
    expect(await placesOf(canary)).toEqual([]);
    expect({ one: await countsOf('one'), two: await countsOf('two') }).toEqual(before);

    // Its events come again, late: of another process of the client, and as the same request.
    const again = await track({ exposures, events });
    expect(again.results.map(({ status }: { status: string }) => status)).toEqual(['DUPLICATE', 'DUPLICATE', 'DUPLICATE', 'DUPLICATE']);
    expect((await track({ exposures, events, idempotencyKey: 'one-first' })).replayed).toBe(true);
    expect({ one: await countsOf('one'), two: await countsOf('two') }).toEqual(before);
    // Nor are they taken for an exposure that is there: the unit is asked for anew, in the store.
    const unit = { userId: canary, deviceId: `${canary}-device` };
    await api.done('assign', { experimentKey: 'one', unit }, '{ exposureRecorded }');
    const { rows } = await sql.query('select count(*)::int as units from unit_exposure where unit_id = $1', [canary]);
    expect(rows).toEqual([{ units: 1 }]);
    await api.done('forgetUnit', { unitId: canary });

    // The repetition finds nothing, and the first override's own gives its outcome without forcing the variant again.
    expect(await api.done('forgetUnit', { unitId: canary })).toMatchObject({
      experiments: 0,
      totals: 0,
      exposures: 0,
      events: 0,
      overrides: 0,
    });
    await api.done('setOverride', { key: 'three', unitId: canary, variant: 'green', idempotencyKey: 'override-it' });
    const { experiment } = await service.ask('{ experiment(key: "three") { overrides { unitId } } }');
    expect(experiment.overrides).toEqual([{ unitId: 'other' }]);
    expect(await placesOf(canary)).toEqual([]);
  });

  test('is in the audit log by its reference, with what was deleted and not of whom', async () => {
    const { reference } = await api.done('forgetUnit', { unitId: 'somebody-else' });
    const { auditLog } = await service.ask('{ auditLog(first: 1, filter: { action: "forgetUnit" }) { nodes { action before after } } }');
    expect(auditLog.nodes[0]).toMatchObject({ action: 'forgetUnit', before: null, after: { reference, experiments: 0, overrides: [] } });
    expect(JSON.stringify(auditLog)).not.toContain('somebody-else');
    await expect(sql.query("update audit_entry set actor = 'nobody'")).rejects.toThrow('never changed');
    await expect(sql.query("set bellwether.forgetting = 'on'; update audit_entry set actor = 'nobody'")).rejects.toThrow('never changed');
    await expect(sql.query('delete from audit_entry')).rejects.toThrow('never changed');
    await sql.query('reset bellwether.forgetting');
  });

  test('takes a unit that comes back for a new one', async () => {
    await runningExperiment('back');
    await live('returning', ['back']);
    const before = await countsOf('back');
    await api.done('forgetUnit', { unitId: 'returning' });
    const assigned = await api.done('assign', { experimentKey: 'back', unit: { userId: 'returning' } }, '{ exposureRecorded }');
    expect(assigned.exposureRecorded).toBe(true);
    const event = { eventId: 'back-new', metric: 'purchase', unit: { userId: 'returning' }, occurredAt: new Date().toISOString() };
    expect((await track({ events: [event] })).results[0].status).toBe('ACCEPTED');
    const sum = (
      counts: { variants: { exposures: number; conversions: number; events: number }[] },
      member: 'exposures' | 'conversions' | 'events',
    ) => counts.variants.reduce((total, variant) => total + variant[member], 0);
    const after = await countsOf('back');
    expect([sum(before, 'exposures'), sum(before, 'conversions'), sum(before, 'events')]).toEqual([1, 1, 2]);
    // The two events from before are not counted for it again.
    expect([sum(after, 'exposures'), sum(after, 'conversions'), sum(after, 'events')]).toEqual([2, 2, 3]);
  });

  test('keeps to one kind of id when it is named', async () => {
    await runningExperiment('users');
    await runningExperiment('tenants', { hashKey: 'tenantId' });
    const unit = { userId: '42', tenantId: '42' };
    for (const key of ['users', 'tenants']) {
      await api.done('setOverride', { key, unitId: '43', variant: 'green', idempotencyKey: `override ${key}` });
      await api.done('setOverride', { key, unitId: '43', variant: null });
    }
    for (const experimentKey of ['users', 'tenants']) await api.done('assign', { experimentKey, unit }, '{ exposureRecorded }');
    expect(await api.done('forgetUnit', { unitId: '42', hashKey: 'tenantId' })).toMatchObject({ experiments: 1, exposures: 1 });
    expect(await api.done('forgetUnit', { unitId: '42' })).toMatchObject({ experiments: 1, exposures: 1 });
    // One entry that set the override and one that took it away, an experiment.
    expect(await api.done('forgetUnit', { unitId: '43', hashKey: 'tenantId' })).toMatchObject({ overrides: 0, auditEntries: 2 });
    const overrides = async (key: string) =>
      (
        await api.done(
          'setOverride',
          { key, unitId: '43', variant: 'green', idempotencyKey: `override ${key}` },
          '{ experiment { overrides { unitId } } }',
        )
      ).experiment.overrides;
    expect([await overrides('tenants'), await overrides('users')]).toEqual([[], [{ unitId: '43' }]]);
    expect(await api.done('forgetUnit', { unitId: '43' })).toMatchObject({ overrides: 0, auditEntries: 2 });
  });

  test('is heard of by other instances, which then record an exposure anew', async () => {
    await runningExperiment('shared');
    const other = await startService({ ...environment, BELLWETHER_DATA_DIR: `${environment.BELLWETHER_DATA_DIR}/other` });
    const assign = () =>
      other.ask('mutation { assign(experimentKey: "shared", unit: { userId: "known" }) { exposureRecorded } }', {}, 'client');
    const rows = async () => (await sql.query("select from unit_exposure where unit_id = 'known'")).rowCount;
    await assign();
    // On a busy machine the answer does not wait for the commit.
    await expect.poll(rows).toBe(1);
    await api.done('forgetUnit', { unitId: 'known' });
    expect(await rows()).toBe(0);
    // It follows within a second, and says only then that the exposure stands because it does.
    await expect
      .poll(async () => {
        await assign();
        return rows();
      })
      .toBe(1);
    await other.stop();
  });

  test('refuses what is no id', async () => {
    const { errors } = await service.send('mutation { forgetUnit(unitId: " ") { reference } }');
    expect(errors?.[0].extensions.code).toBe('INVALID_ID');
    expect((await service.send('mutation { forgetUnit(unitId: "u") { reference } }', {}, 'read')).errors?.[0].extensions.code).toBe(
      'FORBIDDEN',
    );
  });
});
