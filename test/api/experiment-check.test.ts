import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, equalVariants, problemsOf, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
const units = createUnits(api);

const selection = `{
  problems {code message path received} warnings {code path} experiment {key status revision}
  changes {path before after locked} assignment {variant reason inExperiment allocationVersion exposureRecorded unitId}
}`;
const check = (input: object, unit?: object) => api.done('checkExperiment', unit ? { input, unit } : { input }, selection);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

async function started(changes: Record<string, unknown> = {}) {
  const input = sampleInput(changes);
  await api.done('createExperiment', { input });
  await api.done('startExperiment', { key: input.key });
  return input;
}

test('finds nothing to say against what would be created, and creates nothing', async () => {
  const input = sampleInput();
  expect(await check(input)).toEqual({ problems: [], warnings: [], experiment: null, changes: [], assignment: null });
  expect(await api.done('experiment', { key: input.key }, '{key}')).toBeNull();
});

test('tells of every fault and every folly, in the places where createExperiment refuses them', async () => {
  const input = sampleInput({
    name: '',
    variants: [...equalVariants('a', 'b', 'c', 'd'), { key: 'a', weight: 1.5 }],
    metrics: { primary: { key: 'm', type: 'COUNT' }, guardrails: [{ key: 'g', threshold: -1 }] },
    targeting: { include: ['nonsense'] },
  });
  const found = await check(input, { userId: 'u1' });
  const refused = await api.refused('createExperiment', { input });
  expect(problemsOf(found)).toEqual(problemsOf(refused));
  expect(problemsOf(found)).toContain('WEIGHT_OUT_OF_RANGE at variants.4.weight');
  expect(found).toMatchObject({ warnings: [{ code: 'MANY_VARIANTS', path: ['variants'] }], assignment: null });
});

test('names what applyExperiment would change, and what the start has locked', async () => {
  const input = await started();
  expect((await check(input)).changes).toEqual([]);
  const found = await check({ ...input, hypothesis: 'New', hashKey: 'tenantId' });
  expect(found).toMatchObject({
    experiment: { key: input.key, status: 'RUNNING', revision: 2 },
    changes: [
      { path: ['hashKey'], before: 'userId', after: 'tenantId', locked: true },
      { path: ['hypothesis'], before: null, after: 'New', locked: false },
    ],
  });
  const refused = await api.refused('applyExperiment', { input: { ...input, hypothesis: 'New', hashKey: 'tenantId' } });
  expect(problemsOf(found)).toEqual(problemsOf(refused));
  expect(problemsOf(found)).toEqual(['PLAN_LOCKED at hashKey']);
});

test('warns of more visitors for one that no dry run has tried, as applyExperiment does', async () => {
  const input = await started({ trafficAllocation: 0.1 });
  const grown = { ...input, trafficAllocation: 0.5 };
  expect((await check({ ...input, trafficAllocation: 0.05 })).warnings).toEqual([]);
  const found = await check(grown);
  expect(found.warnings).toMatchObject([{ code: 'NOT_VALIDATED' }]);
  expect(await api.done('applyExperiment', { input: grown }, '{warnings {code path}}')).toEqual({ warnings: found.warnings });
  expect((await check(grown)).warnings).toEqual([]);
});

test('an archived one takes no change, but may be checked against itself', async () => {
  const input = await started();
  await api.done('stopExperiment', { key: input.key });
  await api.done('archiveExperiment', { key: input.key });
  expect(problemsOf(await check(input))).toEqual([]);
  expect(problemsOf(await check({ ...input, name: 'New' }))).toEqual(['INVALID_TRANSITION at key']);
});

test('shows what a unit would get, by targeting and traffic share, the same each time', async () => {
  const input = sampleInput({ targeting: { include: ['region:US'] }, variants: equalVariants('a', 'b') });
  const us = { userId: 'u1', attributes: { region: 'US' } };
  const { assignment } = await check(input, us);
  expect(assignment).toMatchObject({ reason: 'SPLIT', inExperiment: true, allocationVersion: 1, exposureRecorded: null, unitId: 'u1' });
  expect((await check(input, us)).assignment).toEqual(assignment);
  expect((await check(input, { userId: 'u1' })).assignment).toMatchObject({ variant: 'a', reason: 'NOT_TARGETED' });
  expect((await check({ ...input, trafficAllocation: 0 }, us)).assignment).toMatchObject({ reason: 'NOT_INCLUDED' });
  expect((await check(input, { attributes: { region: 'US' } })).assignment).toMatchObject({ reason: 'NO_UNIT' });
});

test('of one that runs it shows what the unit gets indeed, of one that rests what it would get', async () => {
  const input = await started({ variants: equalVariants('a', 'b') });
  const { key } = input;
  const before = await units.assign(key, 'u1');
  await api.done('setWeights', {
    key,
    weights: [
      { variant: 'a', weight: before.variant === 'a' ? 0 : 1 },
      { variant: 'b', weight: before.variant === 'a' ? 1 : 0 },
    ],
  });
  const sticky = { variant: before.variant, reason: 'STICKY', inExperiment: true, allocationVersion: 2 };
  expect((await check(input, { userId: 'u1' })).assignment).toMatchObject(sticky);
  await api.done('pauseExperiment', { key });
  expect((await units.assignment(key, 'u1')).reason).toBe('NOT_RUNNING');
  expect((await check(input, { userId: 'u1' })).assignment).toMatchObject(sticky);
});

test('tells when an exclusion group has no room, for one that runs as a fault, for a draft as a warning', async () => {
  const group = { exclusionGroup: 'crowded' };
  const running = await started({ ...group, trafficAllocation: 0.5 });
  await started({ ...group, trafficAllocation: 0.4 });
  const draft = sampleInput({ ...group, trafficAllocation: 0.2 });
  const found = await check(draft, { userId: 'u1' });
  expect(found).toMatchObject({ problems: [], warnings: [{ code: 'GROUP_FULL', path: ['exclusionGroup'] }] });
  expect(found.assignment).toMatchObject({ reason: 'EXCLUDED', inExperiment: false });
  expect(problemsOf(await check({ ...running, trafficAllocation: 0.6 }))).toEqual(['GROUP_FULL at exclusionGroup']);
  expect((await api.refused('applyExperiment', { input: { ...running, trafficAllocation: 0.6 } })).code).toBe('GROUP_FULL');
});

test('refuses a unit that is malformed, and a key that may not read', async () => {
  const input = sampleInput();
  expect(await api.refused('checkExperiment', { input, unit: { userId: ' ' } })).toMatchObject({
    code: 'INVALID_ID',
    problems: [{ path: ['unit', 'userId'] }],
  });
  expect(await api.refused('checkExperiment', { input }, 'client')).toMatchObject({ code: 'FORBIDDEN' });
  expect((await api.call('checkExperiment', { input }, { key: 'read' })).errors).toBeUndefined();
});
