import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput, schema } from './operations.js';

let service: RunningService;
let database: Client;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
  database = new Client({ connectionString: service.env.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await service.remove();
});

type Args = Record<string, unknown>;

/** Key of an experiment on which these mutations have been done. */
async function experimentAfter(steps: readonly string[], changes: Args = {}): Promise<string> {
  const input = sampleInput(changes);
  await api.done('createExperiment', { input });
  for (const step of steps) await api.done(step, { key: input.key });
  return input.key;
}

const onExperiment =
  (steps: readonly string[], args: Args, other: Args, changes: Args = {}) =>
  async () => {
    const key = await experimentAfter(steps, changes);
    return { args: { key, ...args }, other: { key, ...other } };
  };

const metered = { evaluation: { method: 'FREQUENTIST_T_TEST', minSampleSize: 1, schedule: 'daily_0000_utc' } };
const weights = (green: number) => [
  { variant: 'control', weight: 1 - green },
  { variant: 'green', weight: green },
];

/** For each mutation arguments that have an effect, and others. */
const cases: Record<string, () => Promise<{ args: Args; other: Args }>> = {
  createExperiment: async () => ({ args: { input: sampleInput() }, other: { input: sampleInput() } }),
  applyExperiment: async () => ({ args: { input: sampleInput() }, other: { input: sampleInput() } }),
  updateExperiment: async () => {
    const key = await experimentAfter([]);
    return { args: { input: { key, name: 'New' } }, other: { input: { key, name: 'Newer' } } };
  },
  deleteExperiment: onExperiment([], {}, { key: 'another' }),
  startExperiment: onExperiment([], {}, { dryRun: true }),
  pauseExperiment: onExperiment(['startExperiment'], {}, { reason: 'lunch' }),
  resumeExperiment: onExperiment(['startExperiment', 'pauseExperiment'], {}, { expectedRevision: 3 }),
  resumeBandit: async () => {
    const key = await experimentAfter(['startExperiment'], { design: 'BANDIT' });
    await database.query('update experiment set bandit_halted_at = now() where key = $1', [key]);
    return { args: { key }, other: { key, expectedRevision: 2 } };
  },
  stopExperiment: onExperiment(['startExperiment'], { shipVariant: 'green' }, { shipVariant: 'control' }),
  rollbackExperiment: onExperiment(['startExperiment'], { reason: 'harm' }, { reason: 'more harm' }),
  archiveExperiment: onExperiment(['startExperiment', 'stopExperiment'], {}, { key: 'another' }),
  setWeights: onExperiment(['startExperiment'], { weights: weights(0.3) }, { weights: weights(0.4) }),
  setTrafficAllocation: onExperiment(['startExperiment'], { trafficAllocation: 0.5 }, { trafficAllocation: 0.6 }),
  toggleVariant: onExperiment(['startExperiment'], { variant: 'green', enabled: false }, { variant: 'green', enabled: true }),
  setOverride: onExperiment(['startExperiment'], { unitId: 'qa', variant: 'green' }, { unitId: 'qa' }),
  evaluateExperiment: onExperiment(['startExperiment'], {}, { key: 'another' }, metered),
  forgetUnit: async () => ({ args: { unitId: 'somebody' }, other: { unitId: 'somebody else' } }),
  createApiKey: async () => ({ args: { name: 'new', scope: 'READ' }, other: { name: 'new', scope: 'ADMIN' } }),
  revokeApiKey: async () => {
    const [one, other] = await Promise.all([1, 2].map(() => api.done('createApiKey', { name: 'short-lived', scope: 'CLIENT' })));
    return { args: { id: one.apiKey.id }, other: { id: other.apiKey.id } };
  },
};

/** All that is kept, but for what is kept of idempotency keys. */
async function stored(): Promise<Record<string, unknown>> {
  const kept: Record<string, unknown> = {};
  const counts = ['audit_entry', 'allocation', 'evaluation', 'alert', 'api_key', 'raw_event', 'raw_exposure', 'event_ledger'];
  for (const table of counts) kept[table] = (await database.query(`select count(*)::int as n from ${table}`)).rows[0].n;
  kept.experiments = (await database.query('select key, status, revision, version, looks_used from experiment order by key')).rows;
  return kept;
}

test('every mutation that takes an idempotency key is tried here', () => {
  const keyed = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(({ args }) =>
    args.some(({ name }) => name === 'idempotencyKey'),
  );
  expect(keyed.map(({ name }) => name).sort()).toEqual(Object.keys(cases).sort());
});

describe.each(Object.keys(cases))('%s with an idempotency key', (field) => {
  test('gives the first outcome again without a second effect, and refuses other arguments', async () => {
    const { args, other } = await (cases[field] as () => Promise<{ args: Args; other: Args }>)();
    const idempotencyKey = `key of ${field}`;
    const before = await stored();
    const first = await api.call(field, { ...args, idempotencyKey });
    expect(first.errors).toBeUndefined();
    const after = await stored();
    expect(after).not.toEqual(before);

    const again = await api.call(field, { ...args, idempotencyKey });
    if (field === 'createApiKey') {
      expect(first.data.createApiKey.secret).toMatch(/^bw_/);
      expect(again.data.createApiKey).toEqual({ ...first.data.createApiKey, secret: null });
    } else {
      expect(JSON.stringify(again.data)).toBe(JSON.stringify(first.data));
    }
    expect(await stored()).toEqual(after);

    const refused = await api.refused(field, { ...other, idempotencyKey });
    expect(refused).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', retryable: false, problems: [{ path: ['idempotencyKey'] }] });
    expect(await stored()).toEqual(after);
  });
});

test('trackEvents gives the first answer again, marked as given before', async () => {
  const key = await experimentAfter(['startExperiment']);
  const { variant, allocationVersion } = await api.done('assignment', { experimentKey: key, unit: { userId: 'u' } });
  const occurredAt = new Date().toISOString();
  const exposures = [{ eventId: 'x', experimentKey: key, unit: { userId: 'u' }, variant, allocationVersion, occurredAt }];
  const events = [{ eventId: 'y', metric: 'purchase', unit: { userId: 'u' }, occurredAt, value: null }];
  const input = { idempotencyKey: 'batch', exposures, events };
  const first = await api.done('trackEvents', { input });
  expect(first).toMatchObject({ accepted: 1, duplicates: 0, rejected: 1, replayed: false });
  const after = await stored();
  expect(await api.done('trackEvents', { input })).toEqual({ ...first, replayed: true });
  expect((await api.refused('trackEvents', { input: { ...input, events: [] } })).code).toBe('IDEMPOTENCY_KEY_REUSED');
  const together = await Promise.all(
    [1, 2, 3].map(() =>
      api.call('trackEvents', { input: { exposures: [], idempotencyKey: 'other', events: [{ ...events[0], eventId: 'z', value: 2 }] } }),
    ),
  );
  const answered = together.filter(({ errors }) => !errors);
  expect(answered.filter(({ data }) => data.trackEvents.accepted === 1 && !data.trackEvents.replayed)).toHaveLength(1);
  for (const { errors } of together)
    if (errors) expect(errors[0].extensions).toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE', retryable: true });
  const now = await stored();
  expect(now).toEqual({ ...after, event_ledger: Number(after.event_ledger) + 1, raw_event: Number(after.raw_event) + 1 });
});

test('says that the key is in use while the first request runs, and gives its outcome afterwards', async () => {
  const key = await experimentAfter(['startExperiment']);
  await database.query('begin');
  await database.query('select from experiment where key = $1 for update', [key]);
  const args = { key, idempotencyKey: 'slow' };
  const first = api.call('pauseExperiment', args);
  for (;;) {
    const { rows } = await database.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
    if (rows.length > 0) break;
  }
  expect(await api.refused('pauseExperiment', args)).toMatchObject({
    code: 'IDEMPOTENCY_KEY_IN_USE',
    retryable: true,
    retryAfterSeconds: 1,
  });
  await database.query('commit');
  const { data } = await first;
  expect(data.pauseExperiment.experiment.status).toBe('PAUSED');
  expect(await api.done('pauseExperiment', args)).toEqual(data.pauseExperiment);
});

test('keeps no refusal: the same request may succeed later', async () => {
  const key = await experimentAfter([]);
  const args = { key, idempotencyKey: 'too early' };
  expect((await api.refused('pauseExperiment', args)).code).toBe('INVALID_TRANSITION');
  await api.done('startExperiment', { key });
  expect((await api.done('pauseExperiment', args)).experiment.status).toBe('PAUSED');
});

test('gives the first outcome, not the present state', async () => {
  const key = await experimentAfter([]);
  const args = { key, trafficAllocation: 0.5, idempotencyKey: 'half' };
  await api.done('setTrafficAllocation', args);
  await api.done('setTrafficAllocation', { key, trafficAllocation: 0.7 });
  expect((await api.done('setTrafficAllocation', args)).experiment).toMatchObject({ trafficAllocation: 0.5, revision: 2 });
  expect(await api.done('experiment', { key })).toMatchObject({ trafficAllocation: 0.7, revision: 3 });
  await api.done('deleteExperiment', { key });
  expect((await api.done('setTrafficAllocation', args)).experiment).toMatchObject({ trafficAllocation: 0.5, revision: 2 });
});

test('a key of another mutation is another use; that of another API key is another key', async () => {
  const key = await experimentAfter(['startExperiment']);
  await api.done('pauseExperiment', { key, idempotencyKey: 'shared' });
  expect((await api.refused('resumeExperiment', { key, idempotencyKey: 'shared' })).code).toBe('IDEMPOTENCY_KEY_REUSED');
  const { secret } = await api.done('createApiKey', { name: 'second', scope: 'ADMIN' });
  const { errors } = await api.call('resumeExperiment', { key, idempotencyKey: 'shared' }, { key: secret });
  expect(errors).toBeUndefined();
});

test('gives the outcome of an API key again also when the key has ended since', async () => {
  const args = { name: 'brief', scope: 'READ', expiresAt: new Date(Date.now() + 300).toISOString(), idempotencyKey: 'brief key' };
  const { apiKey } = await api.done('createApiKey', args);
  while (Date.now() <= Date.parse(args.expiresAt)) await api.done('viewer');
  expect(await api.done('createApiKey', args)).toEqual({ apiKey, secret: null });
});

test.each([
  ['', 'blank'],
  ['x'.repeat(257), 'too long'],
  ['a\u0000b', 'with U+0000'],
  ['\ud800', 'with a lone surrogate'],
])('refuses %j as a key, which is %s', async (idempotencyKey) => {
  const input = { idempotencyKey, events: [{ eventId: 'odd', metric: 'purchase', unit: { userId: 'u' }, occurredAt: 'never' }] };
  const refusals = [await api.refused('pauseExperiment', { key: 'nothing', idempotencyKey }), await api.refused('trackEvents', { input })];
  for (const refused of refusals) expect(refused).toMatchObject({ code: 'INVALID_ID', problems: [{ path: ['idempotencyKey'] }] });
});
