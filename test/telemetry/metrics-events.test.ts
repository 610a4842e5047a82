import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createMigrator } from '../../src/postgres/migrator.js';
import { createCaller, sampleInput } from '../api/operations.js';
import { type OwnStores, startOwnStores } from '../faults/own-stores.js';
import { createRandom } from '../faults/random.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { type Exposition, readExposition } from './exposition.js';

/** Every event that comes in is counted as one of what can become of it, as its sender was told: also while the store is away. */

const track = `mutation ($input: TrackEventsInput!) {
  trackEvents(input: $input) { replayed results { status code } } }`;

const random = createRandom('events in metrics');

const silent = { info: () => {}, warn: () => {}, error: () => {} };

let stores: OwnStores;
let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  stores = await startOwnStores({ settings: { fsync: 'off' } });
  const migrator = createMigrator(stores.urls.DATABASE_URL, silent);
  await migrator.within(60_000, new AbortController().signal);
  await migrator.stop();
  service = await startService(await makeEnvironment({ ...stores.urls, BELLWETHER_ROLE: 'api', LOG_LEVEL: 'fatal' }));
  await api.done('createExperiment', { input: sampleInput({ key: 'busy' }) }, '{ experiment { key } }');
  await api.done('startExperiment', { key: 'busy' }, '{ experiment { key } }');
});
afterAll(async () => {
  await service.remove();
  await stores.remove();
});

async function readMetrics(): Promise<Exposition> {
  const response = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${service.secrets.read}` } });
  return readExposition(await response.text());
}

interface Input {
  readonly exposures: readonly object[];
  readonly events: readonly object[];
  readonly idempotencyKey?: string;
}

/** What senders were told, in the words of the metrics. */
function createTally() {
  const counts: Record<string, number> = {};
  const codes: Record<string, number> = {};
  const add = (tally: Record<string, number>, name: string, more = 1) => {
    if (more > 0) tally[name] = (tally[name] ?? 0) + more;
  };
  const kindOf = (input: Input, i: number) => (i < input.exposures.length ? 'exposure' : 'event');
  return {
    counts,
    codes,
    answered(input: Input, results: readonly { status: string; code: string | null }[], replayed: boolean): void {
      for (const [i, { status, code }] of results.entries()) {
        const outcome = replayed && status === 'ACCEPTED' ? 'duplicate' : status.toLowerCase();
        add(counts, `${kindOf(input, i)} ${outcome}`);
        if (code !== null && outcome === 'rejected') add(codes, code);
      }
    },
    refused(input: Input, code: string): void {
      for (const kind of ['exposure', 'event'] as const)
        if (input[`${kind}s`].length > 0) add(counts, `${kind} rejected`, input[`${kind}s`].length);
      add(codes, code, input.exposures.length + input.events.length);
    },
  };
}

let made = 0;
const sent: Input[] = [];

/** A request of a careless client: some of it wrong, some of it sent before. */
function makeInput(): Input {
  if (sent.length > 5 && random.next() < 0.15) return random.pick(sent);
  const occurredAt = new Date().toISOString();
  const eventId = () => `e${random.next() < 0.2 ? random.below(made + 1) : ++made}`;
  const unit = () => (random.next() < 0.05 ? { tenantId: 't' } : { userId: `u${random.below(50)}`, isBot: random.next() < 0.05 });
  const exposures = Array.from({ length: random.below(4) }, () => ({
    eventId: eventId(),
    experimentKey: random.next() < 0.1 ? 'nowhere' : 'busy',
    unit: unit(),
    variant: random.pick(['control', 'green']),
    occurredAt,
  }));
  const events = Array.from({ length: random.below(12) }, () => ({
    eventId: eventId(),
    metric: random.next() < 0.1 ? 'unknown' : 'purchase',
    unit: unit(),
    value: random.pick([1, 2, 1e13]),
    occurredAt: random.next() < 0.05 ? 'yesterday' : occurredAt,
  }));
  const input = { exposures, events, ...(random.next() < 0.3 && { idempotencyKey: `k${made}` }) };
  sent.push(input);
  return input;
}

/** Sends one request after the other until it is told to stop. */
async function sendUntil(isOver: () => boolean, tally: ReturnType<typeof createTally>): Promise<void> {
  while (!isOver()) {
    await send(makeInput(), tally);
  }
}

async function send(input: Input, tally: ReturnType<typeof createTally>): Promise<void> {
  const { data, errors } = await service.send(track, { input }, 'client');
  const [error] = errors ?? [];
  if (!error) tally.answered(input, data.trackEvents.results, data.trackEvents.replayed);
  // What is no input is no event either: it never came to the door.
  else if (error.extensions.code !== 'BAD_USER_INPUT') tally.refused(input, error.extensions.code);
}

async function expectConserved(before: Exposition, tally: ReturnType<typeof createTally>): Promise<void> {
  const after = await readMetrics();
  const growth = (name: string, labels: Record<string, string>) => after.sum(name, labels) - before.sum(name, labels);
  const outcomes = ['accepted', 'duplicate', 'rejected'] as const;
  for (const kind of ['exposure', 'event'] as const) {
    const became = outcomes.map((outcome) => growth('bellwether_events_total', { kind, outcome }));
    expect(became, kind).toEqual(outcomes.map((outcome) => tally.counts[`${kind} ${outcome}`] ?? 0));
    expect(growth('bellwether_events_received_total', { kind }), kind).toBe(became.reduce((sum, count) => sum + count, 0));
  }
  const codes = new Set(after.samples('bellwether_events_rejected_total').map(({ labels }) => labels.code ?? ''));
  const rejected = [...codes].map((code) => [code, growth('bellwether_events_rejected_total', { code })] as const);
  expect(Object.fromEntries(rejected.filter(([, count]) => count > 0))).toEqual(tally.codes);
  expect(after.sum('bellwether_group_commit_waiting_events')).toBe(0);
}

test('received is accepted, duplicate and rejected to the last one, as senders were told and as the store has it', async () => {
  const before = await readMetrics();
  const tally = createTally();
  const event = { eventId: 'one of many', metric: 'purchase', unit: { userId: 'u' }, occurredAt: new Date().toISOString() };
  await send({ exposures: [], events: Array.from({ length: 1_001 }, () => event) }, tally);
  let requests = 0;
  const isOver = () => {
    requests += 1;
    return requests > 400;
  };
  await Promise.all(Array.from({ length: 8 }, () => sendUntil(isOver, tally)));
  await expectConserved(before, tally);
  const wanted = [
    'BATCH_TOO_LARGE',
    'BOT',
    'EVENT_ID_REUSED',
    'INVALID_TIMESTAMP',
    'INVALID_VALUE',
    'NO_UNIT',
    'UNKNOWN_EXPERIMENT',
    'UNKNOWN_METRIC',
  ];
  expect(Object.keys(tally.codes)).toEqual(expect.arrayContaining(wanted));

  const pool = createPool(stores.urls.DATABASE_URL, 1);
  const { rows } = await pool.query('select count(*)::int as stored from event_ledger');
  await pool.end();
  const after = await readMetrics();
  expect(after.sum('bellwether_events_total', { outcome: 'accepted' })).toBe(rows[0].stored);
  // Of a transaction that failed for one request the rest was committed by itself: each event in exactly one.
  expect(after.sum('bellwether_group_commit_events_sum')).toBeGreaterThan(rows[0].stored);
  expect(after.sum('bellwether_group_commit_wait_seconds_count')).toBe(after.sum('bellwether_group_commit_requests_sum'));
}, 60_000);

test('the same while the stores are killed under the load and come back', async () => {
  const before = await readMetrics();
  const tally = createTally();
  const accepted = () => (tally.counts['event accepted'] ?? 0) + (tally.counts['exposure accepted'] ?? 0);
  const refused = () => tally.codes.UNAVAILABLE ?? 0;
  const sending = async (isOver: () => boolean) => {
    await Promise.all(Array.from({ length: 8 }, () => sendUntil(isOver, tally)));
  };
  await sending(() => accepted() > 100);
  await Promise.all([stores.kill(), sending(() => refused() > 20)]);
  const away = await readMetrics();
  expect(away.samples('bellwether_store_up').map(({ value }) => value)).toEqual([0, 0, 0]);
  expect(away.samples('bellwether_store_latency_seconds')).toEqual([]);
  expect(away.samples('bellwether_redis_memory_used_bytes')).toEqual([]);
  const acceptedBefore = accepted();
  await Promise.all([stores.start(), sending(() => accepted() > acceptedBefore + 100)]);
  await expectConserved(before, tally);
  const after = await readMetrics();
  expect(after.sum('bellwether_group_commit_duration_seconds_count', { outcome: 'failed' })).toBeGreaterThan(0);
}, 120_000);
