import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decide, isPending } from '../../src/core/assignment.js';
import { type ClientDefinition, compileClientDefinition } from '../../src/core/client-definition.js';
import { sha256 } from '../../src/core/sha256.js';
import { type RunningService, startService } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';
import { createCaller, sampleInput } from './operations.js';

let service: RunningService;
let serverKey: string;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
  serverKey = (await api.done('createApiKey', { name: 'shop', scope: 'SERVER' }, '{ secret }')).secret;
});
afterAll(() => service.remove());

const all = `{ version at complete removed experiments {
  key status allocationVersion hashStrategy hashKey salt trafficAllocation maxTrafficAllocation exclusion { group start end }
  targeting { include exclude } slots { start end variant moved } control variants { key payload enabled } overrides { unitId variant }
  switchback { windowSeconds burnInSeconds } shippedVariant } }`;

async function definitions(after: string | null = null) {
  return (await service.ask(`query ($after: String) { definitions(after: $after) ${all} }`, { after }, serverKey)).definitions;
}

async function running(changes: Record<string, unknown> = {}): Promise<string> {
  const { experiment } = await api.done('createExperiment', { input: sampleInput(changes) });
  await api.done('startExperiment', { key: experiment.key }, '{ experiment { key } }');
  return experiment.key;
}

const assignmentOf = async (unit: object, experimentKeys: readonly string[]) =>
  (
    await service.ask(
      `query ($unit: UnitInput!, $experimentKeys: [ID!]) { assignments(unit: $unit, experimentKeys: $experimentKeys) {
        experimentKey variant payload inExperiment reason hashKey unitId allocationVersion } }`,
      { unit, experimentKeys },
      'client',
    )
  ).assignments;

describe('definitions', () => {
  test('hold what it takes to answer as the server does, and in GraphQL nothing is lost on the way', async () => {
    const keys = [
      await running({ trafficAllocation: 0.7, targeting: { include: ['country:US'] } }),
      await running({ hashStrategy: 'GROWTHBOOK_V2', salt: 'from-there', trafficAllocation: 0.6 }),
      await running({ exclusionGroup: 'definitions', trafficAllocation: 0.5, hashKey: 'tenantId' }),
    ];
    await api.done('setOverride', { key: keys[0], unitId: 'u1', variant: 'green' }, '{ experiment { key } }');
    const { experiments, complete } = await definitions();
    expect(complete).toBe(true);
    const held = new Map((experiments as ClientDefinition[]).map((definition) => [definition.key, compileClientDefinition(definition)]));
    for (let n = 0; n < 60; n += 1) {
      const unit = { userId: `u${n}`, tenantId: `t${n}`, attributes: { country: n % 3 === 0 ? 'DE' : 'US' } };
      for (const theirs of await assignmentOf(unit, keys)) {
        const ours = decide(held.get(theirs.experimentKey), { ...unit, isBot: false }, { experimentKey: theirs.experimentKey, sha256 });
        if (isPending(ours)) throw new Error('nothing has moved yet');
        const { exposureRecorded: _, asOf: __, ...answer } = ours;
        expect(answer).toEqual(theirs);
      }
    }
  });

  test('are asked for what changed since a version, and an instance that was never at it sends the whole', async () => {
    const key = await running();
    const { version } = await definitions();
    expect(await definitions(version)).toMatchObject({ version, complete: false, experiments: [], removed: [] });
    await api.done('pauseExperiment', { key }, '{ experiment { key } }');
    expect(await definitions(version)).toMatchObject({ complete: false, experiments: [{ key, status: 'PAUSED' }], removed: [] });
    await api.done('stopExperiment', { key }, '{ experiment { key } }');
    await api.done('archiveExperiment', { key }, '{ experiment { key } }');
    const changes = await definitions(version);
    expect(changes).toMatchObject({ complete: false, experiments: [], removed: [key] });
    expect(await definitions('unheard-of')).toMatchObject({ complete: true, version: changes.version });
    const other = await startService({ ...service.env, BELLWETHER_DATA_DIR: makeDataFolder() });
    const elsewhere = await other.ask(`{ definitions(after: "${changes.version}") { version complete } }`, {}, serverKey);
    expect(elsewhere.definitions).toEqual({ version: changes.version, complete: false });
    await other.remove();
  });

  test('are followed: the whole set first, then each change, and after a break what was missed', async () => {
    const document = `subscription ($after: String) { definitionsUpdated(after: $after) { version complete removed experiments { key status allocationVersion } } }`;
    const stream = service.subscribe(document, {}, serverKey);
    const first = (await stream.next()).definitionsUpdated;
    expect(first.complete).toBe(true);
    const key = await running();
    const started = (await stream.next()).definitionsUpdated;
    expect(started).toMatchObject({ complete: false, removed: [], experiments: [{ key, status: 'RUNNING', allocationVersion: 1 }] });
    await stream.close();
    const weights = [
      { variant: 'control', weight: 0.3 },
      { variant: 'green', weight: 0.7 },
    ];
    await api.done('setWeights', { key, weights }, '{ experiment { key } }');
    const again = service.subscribe(document, { after: started.version }, serverKey);
    expect((await again.next()).definitionsUpdated).toMatchObject({ complete: false, experiments: [{ key, allocationVersion: 2 }] });
    await again.close();
  });

  test('need a key of scope SERVER', async () => {
    expect((await api.call('definitions', {}, { key: 'client', selection: '{ version }' })).errors?.[0].extensions.code).toBe('FORBIDDEN');
    const stream = service.subscribe('subscription { definitionsUpdated { version } }', {}, 'client');
    await expect(stream.next()).rejects.toThrow('FORBIDDEN');
    await stream.close();
  });
});

describe('assignmentsUpdated', () => {
  const document = `subscription ($unit: UnitInput!, $experimentKeys: [ID!]) { assignmentsUpdated(unit: $unit, experimentKeys: $experimentKeys) {
    experimentKey variant payload inExperiment reason unitId allocationVersion } }`;

  test('sends everything first, then what changed: a rollback and the archive reach an open page', async () => {
    const [one, two] = [await running(), await running()];
    const unit = { userId: 'page' };
    const stream = service.subscribe(document, { unit }, 'client');
    const first = (await stream.next()).assignmentsUpdated;
    const everything = (await service.ask('{ assignments(unit: {userId: "page"}) { experimentKey } }', {}, 'client')).assignments;
    expect(first.map(({ experimentKey }: { experimentKey: string }) => experimentKey)).toEqual(
      everything.map(({ experimentKey }: { experimentKey: string }) => experimentKey),
    );
    await api.done('rollbackExperiment', { key: one, reason: 'harm' }, '{ experiment { key } }');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([
      { experimentKey: one, variant: 'control', reason: 'NOT_RUNNING', inExperiment: false },
    ]);
    await api.done('stopExperiment', { key: two, shipVariant: 'green' }, '{ experiment { key } }');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([
      { experimentKey: two, variant: 'green', reason: 'SHIPPED', payload: { colour: 'green' } },
    ]);
    await api.done('archiveExperiment', { key: two }, '{ experiment { key } }');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([{ experimentKey: two, variant: 'control', reason: 'NOT_RUNNING' }]);
    const three = await running();
    expect((await stream.next()).assignmentsUpdated).toMatchObject([{ experimentKey: three, reason: 'SPLIT' }]);
    await stream.close();
  });

  test('keeps to the experiments that are named, one that is made later among them', async () => {
    const named = await running();
    const input = sampleInput();
    const stream = service.subscribe(document, { unit: { userId: 'u' }, experimentKeys: [input.key, named] }, 'client');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([
      { experimentKey: input.key, reason: 'NOT_FOUND', variant: null },
      { experimentKey: named, reason: 'SPLIT' },
    ]);
    await running();
    await api.done('createExperiment', { input }, '{ experiment { key } }');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([{ experimentKey: input.key, reason: 'NOT_RUNNING' }]);
    await stream.close();
  });

  test('tells a unit that moved what it keeps, and says nothing of a change that gives it the same', async () => {
    const key = await running();
    const unit = { userId: 'keeps' };
    const { variant } = await api.done('assign', { experimentKey: key, unit });
    const stream = service.subscribe(document, { unit, experimentKeys: [key] }, 'client');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([{ variant, allocationVersion: 1 }]);
    await api.done('updateExperiment', { input: { key, name: 'Another name' } }, '{ experiment { key } }');
    const weights = ['control', 'green'].map((name) => ({ variant: name, weight: name === variant ? 0 : 1 }));
    await api.done('setWeights', { key, weights }, '{ experiment { key } }');
    expect((await stream.next()).assignmentsUpdated).toMatchObject([{ variant, reason: 'STICKY', allocationVersion: 2 }]);
    await stream.close();
  });

  test('gives a browser without an id one that it can send from now on', async () => {
    const key = await running({ hashKey: 'deviceId' });
    const stream = service.subscribe(document, { unit: {}, experimentKeys: [key] }, 'client');
    const [assignment] = (await stream.next()).assignmentsUpdated;
    expect(assignment).toMatchObject({ reason: 'SPLIT', unitId: expect.stringMatching(/^[\w-]{8,64}$/) });
    expect(await assignmentOf({ deviceId: assignment.unitId }, [key])).toMatchObject([{ variant: assignment.variant }]);
    await stream.close();
  });

  test.each([
    ['INVALID_ID', { unit: { userId: ' ' } }],
    ['INVALID_RANGE', { unit: { userId: 'u' }, experimentKeys: Array.from({ length: 101 }, (_, i) => `k${i}`) }],
  ])('answers with %s', async (code, variables) => {
    const stream = service.subscribe(document, variables, 'client');
    await expect(stream.next()).rejects.toThrow(code);
    await stream.close();
  });
});
