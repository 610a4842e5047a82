import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';

let service: RunningService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

async function create(key: string): Promise<string> {
  const input = {
    key,
    name: key,
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'treatment', weight: 0.5 },
    ],
    metrics: { primary: { key: `${key}-goal`, type: 'CONVERSION' } },
  };
  const { createExperiment } = await service.ask(
    'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }',
    { input },
  );
  return createExperiment.experiment.id;
}

const change = (text: string) => service.ask(`mutation { ${text} { experiment { revision } } }`);
const weights = (first: number) => `[{variant: "control", weight: ${first}}, {variant: "treatment", weight: ${1 - first}}]`;

test('weights: the present ones, then each change in sequence, and after a break from where the client was', async () => {
  await create('weights');
  const query =
    'subscription ($after: Int) { weightsUpdated(experimentKey: "weights", after: $after) { sequence cause weights { weight } previousWeights { weight } experiment { status } } }';
  const stream = service.subscribe(query);
  await change('startExperiment(key: "weights")');
  const started = (await stream.next()).weightsUpdated;
  expect(started).toMatchObject({ sequence: 1, cause: 'START', previousWeights: [], experiment: { status: 'RUNNING' } });
  await change(`setWeights(key: "weights", weights: ${weights(0.25)})`);
  const moved = (await stream.next()).weightsUpdated;
  expect(moved).toMatchObject({
    sequence: 2,
    cause: 'MANUAL',
    weights: [{ weight: 0.25 }, { weight: 0.75 }],
    previousWeights: [{ weight: 0.5 }, { weight: 0.5 }],
  });
  await stream.close();
  await change(`setWeights(key: "weights", weights: ${weights(0.5)})`);
  const again = service.subscribe(query, { after: 1 });
  expect([(await again.next()).weightsUpdated.sequence, (await again.next()).weightsUpdated.sequence]).toEqual([2, 3]);
  await again.close();
  const fresh = service.subscribe(query, { after: null });
  expect((await fresh.next()).weightsUpdated.sequence).toBe(3);
  await fresh.close();
});

test('results: each evaluation once, complete after the final one', async () => {
  await create('results');
  await change('startExperiment(key: "results")');
  const stream = service.subscribe(
    'subscription { resultsUpdated(experimentKey: "results") { sequence final comparisons(role: PRIMARY) { variant } experiment { status } } }',
  );
  await service.ask('mutation { evaluateExperiment(key: "results") { evaluation { id } } }');
  expect((await stream.next()).resultsUpdated).toMatchObject({ sequence: 1, final: false, comparisons: [{ variant: 'treatment' }] });
  await change('stopExperiment(key: "results", shipVariant: "treatment")');
  expect((await stream.next()).resultsUpdated).toMatchObject({ sequence: 2, final: true });
  expect(await stream.next()).toBeUndefined();
});

test('alerts: raised and then resolved, each with a sequence of its own', async () => {
  await create('alerts');
  await change('startExperiment(key: "alerts")');
  const stream = service.subscribe(
    'subscription { alertRaised(experimentKey: "alerts") { id sequence kind resolvedAt experiment { key status } } }',
  );
  await change('rollbackExperiment(key: "alerts", reason: "It hurts")');
  const raised = (await stream.next()).alertRaised;
  expect(raised).toMatchObject({ kind: 'ROLLED_BACK', resolvedAt: null, experiment: { key: 'alerts', status: 'ROLLED_BACK' } });
  await change('archiveExperiment(key: "alerts")');
  const resolved = (await stream.next()).alertRaised;
  expect(resolved).toMatchObject({ id: raised.id, resolvedAt: expect.any(String) });
  expect(resolved.sequence).toBeGreaterThan(raised.sequence);
  await stream.close();
});

test('experiments: the present state of those that are asked for, and the id of one that is gone', async () => {
  const id = await create('listed');
  const stream = service.subscribe(
    'subscription { experimentUpdated(experimentKeys: ["listed"]) { kind deletedId experiment { key status } } }',
  );
  const present = { kind: 'CHANGED', deletedId: null, experiment: { key: 'listed', status: 'DRAFT' } };
  expect((await stream.next()).experimentUpdated).toEqual(present);
  await service.ask('mutation { deleteExperiment(key: "listed") { deletedId } }');
  expect((await stream.next()).experimentUpdated).toEqual({ kind: 'DELETED', deletedId: id, experiment: null });
  expect(await stream.next()).toBeUndefined();
});

test('experiments: new ones, where no keys are named', async () => {
  const stream = service.subscribe('subscription { experimentUpdated { experimentKey kind experiment { status } } }');
  let isOpen = false;
  const first = stream.next().finally(() => {
    isOpen = true;
  });
  // What comes before the subscription is open is not told: so until one is heard of.
  for (let i = 0; !isOpen; i += 1) await create(`new-${i}`);
  expect((await first).experimentUpdated).toMatchObject({
    experimentKey: expect.stringMatching(/^new-/),
    kind: 'CREATED',
    experiment: { status: 'DRAFT' },
  });
  await stream.close();
});

test('counts: the present ones, then what was counted', async () => {
  await create('counted');
  await change('startExperiment(key: "counted")');
  const stream = service.subscribe(
    'subscription { countsUpdated(experimentKeys: ["counted"]) { experimentKey variants { variant exposures } } }',
  );
  const total = async () => {
    const { countsUpdated } = await stream.next();
    return countsUpdated.variants.reduce((sum: number, { exposures }: { exposures: number }) => sum + exposures, 0);
  };
  expect(await total()).toBe(0);
  await service.ask('mutation { assign(experimentKey: "counted", unit: {userId: "u1"}) { reason } }');
  expect(await total()).toBe(1);
  await stream.close();
});

test.each([
  ['EXPERIMENT_NOT_FOUND', 'weightsUpdated', 'weightsUpdated(experimentKey: "nothing") { sequence }'],
  ['EXPERIMENT_NOT_FOUND', 'resultsUpdated', 'resultsUpdated(experimentKey: "nothing") { sequence }'],
  ['EXPERIMENT_NOT_FOUND', 'alertRaised', 'alertRaised(experimentKey: "nothing") { sequence }'],
  ['EXPERIMENT_NOT_FOUND', 'countsUpdated', 'countsUpdated(experimentKeys: ["nothing"]) { at }'],
  ['INVALID_RANGE', 'countsUpdated without a key', 'countsUpdated(experimentKeys: []) { at }'],
  ['INVALID_RANGE', 'experimentUpdated with 101 keys', `experimentUpdated(experimentKeys: [${'"a" '.repeat(101)}]) { at }`],
])('answers with %s: %s', async (code, _, field) => {
  const stream = service.subscribe(`subscription { ${field} }`);
  await expect(stream.next()).rejects.toThrow(code);
  await stream.close();
});

test('a client is cut off when its server stops, and not told that its stream is complete', async () => {
  const other = await startService({ ...service.env, BELLWETHER_DATA_DIR: makeDataFolder() });
  const stream = other.subscribe('subscription { weightsUpdated(experimentKey: "weights") { sequence } }');
  expect((await stream.next()).weightsUpdated.sequence).toBe(3);
  const following = stream.next();
  await Promise.all([expect(following).rejects.toMatchObject({ code: 1001 }), other.remove()]);
});
