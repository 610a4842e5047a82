import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool, type Sql } from '../../src/postgres/database.js';
import { createReplica } from '../../src/postgres/replica.js';
import { createReplicaDecisions } from '../../src/postgres/replica-decisions.js';
import { abTest, createExperiment, startExperiment } from '../faults/operations.js';
import { createTestLog } from '../redis/clients.js';
import { sendPopulation } from '../setup/population.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { readExposition } from '../telemetry/exposition.js';
import { startWithReplica } from './replica-server.js';

/** What bandits, evaluations and guardrails read on a streaming replica: never less than the primary shows. */

let servers: Awaited<ReturnType<typeof startWithReplica>>;
beforeAll(async () => {
  servers = await startWithReplica();
  await servers.sql.query('create table step (n integer)');
}, 120_000);
afterAll(() => servers.remove());

const polling = { timeout: 30_000 };

async function follow(primaryUrl = servers.urls.primary) {
  const primary = createPool(primaryUrl, 2);
  const log = createTestLog();
  const replica = createReplica({ primary, url: servers.urls.replica, maxBehindMs: 300_000, log, everyMs: 50 });
  replica.start();
  return {
    primary,
    replica,
    log,
    async close(): Promise<void> {
      await replica.stop();
      await primary.end();
    },
  };
}

type Followed = Awaited<ReturnType<typeof follow>>;

async function followUsed(): Promise<Followed> {
  const followed = await follow();
  await expect.poll(() => followed.replica.state().isUsed, polling).toBe(true);
  return followed;
}

/** The last step that a decision would see, and who shows it. */
const lastStep = async ({ primary, replica }: Pick<Followed, 'primary' | 'replica'>) => {
  const { rows } = await replica.readToDecide(primary, (from: Sql) =>
    from.query<{ n: number; follows: boolean }>('select max(n) as n, pg_is_in_recovery() as follows from step'),
  );
  return rows[0] as { readonly n: number; readonly follows: boolean };
};

/** The same where nobody has seen yet that the replica is none. */
async function lastStepUnwarned({ primary, replica, log }: Followed) {
  const { readToDecide } = createReplicaDecisions({ pool: replica.pool, isUsed: () => true, log });
  return lastStep({ primary, replica: { ...replica, readToDecide } });
}

const step = (n: number) => servers.sql.query('insert into step values ($1)', [n]);

test('a replica that keeps up answers, with all that was committed before it was asked', async () => {
  const followed = await followUsed();
  const answered = { replica: 0, primary: 0 };
  for (let n = 1; n <= 300; n += 1) {
    await step(n);
    const last = await lastStep(followed);
    expect(last.n).toBe(n);
    answered[last.follows ? 'replica' : 'primary'] += 1;
  }
  expect(answered.replica).toBeGreaterThan(answered.primary);
  expect(followed.replica.state().decisionReads).toEqual(answered);
  await followed.close();
});

test('one that has not replayed what the primary shows is not taken, though people may still be answered by it', async () => {
  const followed = await followUsed();
  await servers.pause();
  await step(1_000);
  expect(await lastStep(followed)).toEqual({ n: 1_000, follows: false });
  expect(followed.replica.state().isUsed).toBe(true);
  await servers.resume();
  await expect.poll(() => lastStep(followed), polling).toEqual({ n: 1_000, follows: true });
  await followed.close();
});

test('one that hangs, and a read that it fails, leave the decision to the primary', { timeout: 60_000 }, async () => {
  const followed = await followUsed();
  const { primary, replica, log } = followed;
  const { rows } = await replica.readToDecide(primary, (from) => from.query<{ at: string }>('select pg_current_wal_lsn()::text as at'));
  expect(rows[0]?.at).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(log.lines.map(({ message }) => message)).toContain(
    'The replica failed a read that something is decided from; the primary is asked.',
  );
  await servers.freezeReplica();
  await step(2_000);
  expect(await lastStep(followed)).toEqual({ n: 2_000, follows: false });
  servers.thawReplica();
  await expect.poll(() => lastStep(followed), polling).toEqual({ n: 2_000, follows: true });
  await followed.close();
});

test('after a failover a replica of the old primary is left out, whatever its position', { timeout: 60_000 }, async () => {
  const promoted = await servers.promoteCopy();
  // The old primary, and with it the replica, come farther in the log than the new one.
  for (let n = 0; n < 100; n += 1) await step(3_000 + n);
  const followed = await follow(promoted.url);
  await expect.poll(() => followed.replica.state().reason, polling).toBe('is on timeline 1 while the primary is on 2');
  expect(await lastStep(followed)).toEqual({ n: 2_000, follows: false });
  expect(await lastStepUnwarned(followed)).toEqual({ n: 2_000, follows: false });
  await followed.close();
  await promoted.remove();
});

test('where the primary was set back to a backup, a replica that holds what it never wrote is left out', { timeout: 60_000 }, async () => {
  const restored = await servers.restoreCopy();
  for (let n = 0; n < 100; n += 1) await step(4_000 + n);
  const followed = await follow(restored.url);
  await expect.poll(() => followed.replica.state().reason, polling).toBe('has replayed what the primary never wrote');
  for (const last of [await lastStep(followed), await lastStepUnwarned(followed)]) expect(last).toEqual({ n: 3_099, follows: false });
  await followed.close();
  await restored.remove();
});

test('each read is made on the connection whose server was asked how far it is', async () => {
  const { primary, replica, log, close } = await followUsed();
  const pool = Object.assign(Object.create(replica.pool), { query: () => expect.unreachable('Another connection may be another server.') });
  const { readToDecide, answered } = createReplicaDecisions({ pool, isUsed: () => true, log });
  await expect.poll(() => lastStep({ primary, replica: { ...replica, readToDecide } }), polling).toMatchObject({ follows: true });
  expect(answered().replica).toBe(1);
  await close();
});

test('a primary that shows what is not written yet cannot be compared with', async () => {
  await servers.sql.query('alter role current_user set synchronous_commit = off');
  const followed = await follow();
  await expect.poll(() => followed.replica.state().reason, polling).toMatch(/synchronous_commit is off/);
  expect((await lastStepUnwarned(followed)).follows).toBe(false);
  await servers.sql.query('alter role current_user reset synchronous_commit');
  await followed.close();
});

const evaluate = `mutation ($key: ID!) { evaluateExperiment(key: $key) { evaluation {
  srm { variants { observed } } comparisons { controlUnits variantUnits } } } }`;

/** Reads that decisions were made from so far, by who answered them. */
async function decisionReads({ url, secrets }: RunningService) {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${secrets.read}` } });
  const { sum } = readExposition(await response.text());
  const by = (server: string) => sum('bellwether_decision_reads_total', { server });
  return {
    replica: by('replica'),
    primary: by('primary'),
    isUsed: sum('bellwether_replica_used'),
    behindSeconds: sum('bellwether_replica_behind_seconds'),
  };
}

test('evaluations judge every event acknowledged before them, and bandits move, from a replica and without it', {
  timeout: 120_000,
}, async () => {
  const env = await makeEnvironment({
    DATABASE_URL: servers.urls.primary,
    DATABASE_REPLICA_URL: servers.urls.replica,
    DATABASE_REPLICA_LAG_SECONDS: '300',
  });
  const service = await startService(env);
  await service.ask(createExperiment, { input: abTest('judged') });
  await service.ask(startExperiment, { key: 'judged' });

  let sent = 0;
  /** Sends some units more, and has them judged at once. */
  async function judgedUnits(): Promise<number> {
    await sendPopulation(service, {
      experimentKey: 'judged',
      metric: 'bought',
      rates: { a: 0.5, b: 0.5 },
      units: 40,
      prefix: `${randomUUID()}-`,
    });
    sent += 40;
    const { evaluateExperiment } = await service.ask(evaluate, { key: 'judged' });
    const { observed } = evaluateExperiment.evaluation.srm.variants.reduce((all: { observed: number }, one: { observed: number }) => ({
      observed: all.observed + one.observed,
    }));
    return observed;
  }

  const before = await decisionReads(service);
  for (let round = 0; round < 10; round += 1) expect(await judgedUnits()).toBe(sent);
  const followed = await decisionReads(service);
  expect(followed.isUsed).toBe(1);
  expect(followed.behindSeconds).toBeLessThan(300);
  expect(followed.replica).toBeGreaterThan(before.replica);
  await servers.pause();
  for (let round = 0; round < 3; round += 1) expect(await judgedUnits()).toBe(sent);
  expect((await decisionReads(service)).primary).toBeGreaterThan(followed.primary);
  await servers.resume();

  const bandit = abTest('moved', { design: 'BANDIT', bandit: { intervalSeconds: 5, smoothing: 0 } });
  await service.ask(createExperiment, { input: bandit });
  await service.ask(startExperiment, { key: 'moved' });
  await sendPopulation(service, { experimentKey: 'moved', metric: 'bought', rates: { a: 0.05, b: 0.5 }, units: 600, prefix: 'm-' });
  const weights = '{ experiment(key: "moved") { allocation { cause weights { variant weight } } } }';
  const shown = async () => (await service.ask(weights)).experiment.allocation;
  await expect.poll(async () => (await shown()).weights[1].weight, polling).toBeGreaterThan(0.6);
  await service.remove();
});
