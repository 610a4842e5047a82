import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DomainError } from '../../src/core/errors.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { compareWithOracle } from '../setup/oracle.js';
import { createDatabase } from '../setup/stores.js';

/** More events than the store takes: those past the bound are refused before memory grows, and those that are taken share transactions. */

const maxWaiting = 20_000;
const lanes = 2;
const perRequest = 1_000;
const occurredAt = new Date().toISOString();

let url: string;
let instance: ReturnType<typeof createInstance>;

beforeAll(async () => {
  url = await createDatabase();
  instance = createInstance(url);
  await instance.registry.refresh();
  await instance.experiments.create(command, sampleInput({ key: 'busy' }));
  await instance.lifecycle.start(command, 'busy', { dryRun: false, expectedRevision: null });
});
afterAll(() => instance.close());

function track(name: string, count: number) {
  const events = Array.from({ length: count }, (_, i) => ({
    eventId: `${name}-${i}`,
    metric: 'purchase',
    unit: { userId: `${name}-${i % 50}`, isBot: false },
    occurredAt,
  }));
  return instance.events.track(sender, { exposures: [], events });
}

/** Transactions that have stored the events of this name; each leaves its number on its rows. */
async function transactionsOf(name: string): Promise<{ events: number; transactions: number }> {
  const { rows } = await instance.pool.query(
    'select count(*)::int as events, count(distinct xmin::text)::int as transactions from event_ledger where event_id like $1',
    [`${name}%`],
  );
  return rows[0];
}

/** Heap in use, in MB, after everything that can go has gone. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 1e6;
}

test('past the bound on waiting events requests are refused at once, memory stays flat, and what was taken is stored', async () => {
  const holder = new Client({ connectionString: url });
  await holder.connect();
  // Whoever writes waits for this one, as for a disk that is stuck.
  await holder.query('begin; lock table event_ledger in access exclusive mode');
  const fitting = lanes + maxWaiting / perRequest;
  const taken = Array.from({ length: fitting }, (_, i) => track(`taken-${i}`, perRequest));

  const before = heapUsed();
  const times: number[] = [];
  for (let i = 0; i < 300; i += 1) {
    const askedAt = performance.now();
    const refused: DomainError = await track(`refused-${i}`, perRequest).then(
      () => expect.fail('taken past the bound'),
      (error) => error,
    );
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', details: { retryAfterSeconds: expect.any(Number) } });
    times.push(performance.now() - askedAt);
  }
  const grown = heapUsed() - before;
  await holder.query('rollback');
  await holder.end();
  expect(grown).toBeLessThan(5);
  // Half of them at least: a single one may have met a busy machine.
  expect(times.sort((a, b) => a - b)[times.length / 2]).toBeLessThan(100);
  for (const { results } of await Promise.all(taken)) expect(results.every(({ status }) => status === 'ACCEPTED')).toBe(true);
  expect((await transactionsOf('taken')).events).toBe(fitting * perRequest);
  expect((await transactionsOf('refused')).events).toBe(0);
  // There is room again.
  expect((await track('again', 1)).results).toMatchObject([{ status: 'ACCEPTED' }]);
});

test('requests that arrive together share transactions', async () => {
  await Promise.all(Array.from({ length: 300 }, (_, i) => track(`shared-${i}-`, 3)));
  const { events, transactions } = await transactionsOf('shared');
  expect(events).toBe(900);
  // As many as 900 events need, when none is larger than 500.
  expect(transactions).toBe(2);
});

test('a request without events is answered too', async () => {
  expect((await track('none', 0)).results).toEqual([]);
});

test('one poisonous request does not sink the others of its group, and costs few transactions', async () => {
  await instance.pool.query(`
    create function poison() returns trigger language plpgsql as $$
    begin
      if new.unit_id like 'poison%' then raise exception 'poison'; end if;
      return new;
    end $$;
    create trigger poison before insert on raw_event for each row execute function poison()`);
  const sound = Array.from({ length: 100 }, (_, i) => track(`sound-${i}-`, 1));
  const poisonous = track('poison', 3).catch((error) => error);
  const rest = Array.from({ length: 100 }, (_, i) => track(`sound-rest-${i}-`, 1));
  for (const { results } of await Promise.all([...sound, ...rest])) expect(results).toMatchObject([{ status: 'ACCEPTED' }]);
  // Its sender learns that something is wrong here, not what.
  expect(await poisonous).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'The events could not be stored.' });
  expect(await transactionsOf('poison')).toEqual({ events: 0, transactions: 0 });
  const { events, transactions } = await transactionsOf('sound');
  expect(events).toBe(200);
  expect(transactions).toBeLessThan(20);
  const { live, oracle } = await compareWithOracle(instance.pool);
  expect(live).toEqual(oracle);
});
