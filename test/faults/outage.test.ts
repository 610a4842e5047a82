import { createHash, randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide, isPending } from '../../src/core/assignment.js';
import { compile } from '../../src/core/compiled-experiment.js';
import { createPool } from '../../src/postgres/database.js';
import { createDefinitionStore } from '../../src/postgres/definitions.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { makeEnvironment } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';
import {
  abTest,
  assign,
  assignment,
  createExperiment,
  type Given,
  setWeights,
  shareOfB,
  startExperiment,
  trackEvents,
} from './operations.js';
import { type OwnStores, startOwnStores } from './own-stores.js';
import { type Answer, createInstances, type Instance } from './process.js';

const { startInstance, killAll } = createInstances();

/** Both stores away under an instance that is warm, frozen and killed, and under one that starts: answers go on, and all comes back by itself. */

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('binary');
/** Longest that anybody may wait for an assignment, whatever is away, on a busy machine; a store is waited for 2 s and more. */
const longestMs = 500;
/** A look at a key holds for 3 s: only after that is a key asked for again. */
const pastKeysMs = 3_300;

const namesOf = (group: string, count: number) => Array.from({ length: count }, (_, i) => `${group}-${i}`);
/** Exposed through the instance that lives through the outage; exposed before its start; never exposed. */
const units = { known: namesOf('known', 40), strange: namesOf('strange', 40), fresh: namesOf('fresh', 40) };
const everybody = Object.values(units).flat();

let stores: OwnStores;
let env: Record<string, string>;
let instance: Instance;
/** Units in slots that have changed hands. */
let moved: ReadonlySet<string>;
/** The variants of those whose exposure is recorded. */
const exposedTo = new Map<string, string>();
/** Units whose recorded variant an instance has in memory. */
const known = new WeakMap<Instance, Set<string>>();

beforeAll(async () => {
  stores = await startOwnStores({ settings: { fsync: 'off' } });
  env = await makeEnvironment({ ...stores.urls, BELLWETHER_ROLE: 'api' });
  const first = await startInstance(env);
  for (const key of ['steady', 'moved']) {
    await first.ask(createExperiment, { input: abTest(key) });
    await first.ask(startExperiment, { key });
  }
  await expose(first, units.strange);
  await first.kill();
  instance = await startInstance(env);
  await expose(instance, units.known);
  known.set(instance, new Set(units.known));
  await instance.ask(setWeights, { key: 'moved', weights: shareOfB(0.9) });
  moved = await readMoved();
});

afterAll(async () => {
  await killAll();
  await stores.remove();
});

async function givenTo(by: Instance, userId: string): Promise<Given> {
  return (await by.ask(assignment, { key: 'moved', unit: { userId } }, 'CLIENT')).assignment;
}

async function expose(by: Instance, names: readonly string[]): Promise<void> {
  const occurredAt = new Date().toISOString();
  const exposures: object[] = [];
  for (const userId of names) {
    const { variant } = await givenTo(by, userId);
    exposedTo.set(userId, variant);
    exposures.push({ eventId: `x ${userId}`, experimentKey: 'moved', unit: { userId }, variant, occurredAt });
  }
  expect(await by.ask(trackEvents, { input: { exposures } }, 'CLIENT')).toMatchObject({ trackEvents: { accepted: names.length } });
}

async function readMoved(): Promise<Set<string>> {
  const pool = createPool(env.DATABASE_URL ?? '', 1);
  try {
    const store = createDefinitionStore(pool);
    const { versions } = await store.versions();
    const experiment = (await store.load([...versions.keys()])).find(({ definition }) => definition.key === 'moved');
    const compiled = experiment && compile(experiment);
    const decisionOf = (userId: string) => decide(compiled, { userId, isBot: false }, { experimentKey: 'moved', sha256 });
    return new Set(everybody.filter((userId) => isPending(decisionOf(userId))));
  } finally {
    await pool.end();
  }
}

/** Asks as visitors do, for at least so long, and holds each answer against what may be known in an outage; none may be slow. */
async function expectServed(by: Instance, forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  let slowest = 0;
  // What the machine itself takes at its worst, for an answer that needs nothing.
  let noise = 0;
  for (let i = 0; i < everybody.length || performance.now() < until; i += 1) {
    const userId = everybody[i % everybody.length] ?? '';
    const answer = await by.send(assignment, { key: 'moved', unit: { userId } }, 'CLIENT');
    expect(answer.errors).toBeUndefined();
    const given: Given = answer.data.assignment;
    const isUnknown = moved.has(userId) && !known.get(by)?.has(userId);
    expect({ userId, ...given }).toMatchObject(isUnknown ? { reason: 'FALLBACK', inExperiment: false } : { inExperiment: true });
    if (!isUnknown && exposedTo.has(userId)) expect(given.variant).toBe(exposedTo.get(userId));
    slowest = Math.max(slowest, answer.tookMs);
    const askedAt = performance.now();
    await (await fetch(`${by.url}/health`)).text();
    noise = Math.max(noise, performance.now() - askedAt);
  }
  expect(slowest).toBeLessThan(longestMs + noise);
}

let events = 0;
function sendEvent(by: Instance): Promise<Answer> {
  events += 1;
  const event = { eventId: `e ${events}`, metric: 'bought', unit: { userId: 'known-0' }, occurredAt: new Date().toISOString() };
  return by.send(trackEvents, { input: { events: [event] } }, 'CLIENT');
}

async function expectEventsRefused(by: Instance): Promise<void> {
  const answer = await sendEvent(by);
  expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterSeconds: expect.any(Number) });
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.tookMs).toBeLessThan(6_000);
}

/** Units are assigned although their exposure cannot be recorded. */
async function expectAssigned(by: Instance): Promise<void> {
  const times: number[] = [];
  for (const userId of ['new-1', 'new-2', 'new-3']) {
    const answer = await by.send(assign, { key: 'steady', unit: { userId } }, 'CLIENT');
    expect(answer.data?.assign).toMatchObject({ inExperiment: true, exposureRecorded: false });
    times.push(answer.tookMs);
  }
  expect(Math.min(...times)).toBeLessThan(longestMs);
}

/** Events are taken, changes are made, and everybody has the variant that the record says. */
async function expectRecovered(by: Instance): Promise<void> {
  await expect.poll(async () => (await sendEvent(by)).status, { timeout: 10_000, interval: 50 }).toBe(200);
  await expect
    .poll(async () => (await by.send(setWeights, { key: 'steady', weights: shareOfB(0.5) })).status, { timeout: 10_000 })
    .toBe(200);
  for (const userId of everybody) {
    await expect.poll(async () => (await givenTo(by, userId)).reason, { timeout: 5_000 }).not.toBe('FALLBACK');
    const { variant, reason } = await givenTo(by, userId);
    if (exposedTo.has(userId)) expect({ userId, variant }).toEqual({ userId, variant: exposedTo.get(userId) });
    if (reason === 'STICKY') known.get(by)?.add(userId);
  }
}

test('a warm instance answers at once while both stores hang, refuses events with a time to come again, and recovers by itself', async () => {
  expect(units.strange.filter((userId) => moved.has(userId)).length).toBeGreaterThan(5);
  await stores.freeze();
  try {
    await Promise.all([expectEventsRefused(instance), expectServed(instance, pastKeysMs)]);
    await expectAssigned(instance);
    // Once more, now that the connections of before have been given up.
    await Promise.all([expectEventsRefused(instance), expectEventsRefused(instance)]);
    await expectServed(instance, 0);
    expect((await fetch(`${instance.url}/ready`)).status).toBe(200);
  } finally {
    stores.thaw();
  }
  await expectRecovered(instance);
});

test('while both stores are gone after SIGKILL it answers at once, one that starts serves from its snapshot after 10 s, and both recover', async () => {
  await stores.kill();
  const dataDir = makeDataFolder();
  cpSync(env.BELLWETHER_DATA_DIR ?? '', dataDir, { recursive: true });
  // A key of the environment that is new can only be made later.
  const starting = startInstance({ ...env, BELLWETHER_DATA_DIR: dataDir, BELLWETHER_ADMIN_KEY: randomBytes(24).toString('hex') });
  starting.catch(() => {});
  await Promise.all([expectEventsRefused(instance), expectServed(instance, pastKeysMs)]);
  await expectAssigned(instance);

  const second = await starting;
  expect(second.startedInMs).toBeLessThan(15_000);
  const readiness = async () => {
    const response = await fetch(`${second.url}/ready`);
    return { status: response.status, ...((await response.json()) as object) };
  };
  expect(await readiness()).toMatchObject({ status: 'ready', definitionsFrom: 'snapshot' });
  // The very first answer pays for what every process does once.
  await givenTo(second, 'anybody');
  await expectServed(second, 0);
  await expectEventsRefused(second);

  await stores.start();
  await expectRecovered(instance);
  await expectRecovered(second);
  await expect.poll(readiness, { timeout: 5_000 }).toMatchObject({ definitionsFrom: 'stores' });
  await removeDataFolder(dataDir);
});
