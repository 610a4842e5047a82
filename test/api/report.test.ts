import { type GraphQLObjectType, getNamedType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, everythingOf, sampleInput, schema } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

const everything = everythingOf(getNamedType(schema.getType('ExperimentReport')) as GraphQLObjectType);
const reportOf = async (key: string, since?: string) =>
  (await api.done('experiment', { key }, `{ report${since ? `(since: "${since}")` : ''} ${everything} }`)).report;

test('there is none before the first allocation', async () => {
  const { key } = (await api.done('createExperiment', { input: sampleInput() })).experiment;
  expect(await reportOf(key)).toBeNull();
});

test('shows what counts and results show', async () => {
  const input = sampleInput();
  const { key } = input;
  await api.done('createExperiment', { input });
  await api.done('startExperiment', { key });
  const units = Array.from({ length: 40 }, (_, i) => ({ userId: `unit ${i}` }));
  for (const unit of units) await api.done('assign', { experimentKey: key, unit });
  const occurredAt = new Date().toISOString();
  const events = units.slice(0, 7).map((unit) => ({ eventId: `e ${unit.userId}`, metric: 'purchase', unit, occurredAt }));
  await api.done('trackEvents', { input: { events } });
  const { evaluation } = await api.done('evaluateExperiment', { key });

  const report = await reportOf(key);
  const { counts } = await api.done('experiment', { key }, '{ counts { variants { variant exposures conversions } } }');
  const shown = report.variants.map(({ variant, exposures, conversions }: never) => ({ variant, exposures, conversions }));
  expect(shown).toEqual(counts.variants);
  for (const { exposures, conversions, newExposures, newConversions, weight, previousWeight } of report.variants) {
    expect({ newExposures, newConversions, weight, previousWeight }).toEqual({
      newExposures: exposures,
      newConversions: conversions,
      weight: 0.5,
      previousWeight: null,
    });
  }
  expect(report.effects).toEqual([{ ...evaluation.comparisons[0], metricType: 'CONVERSION', previousEffect: null }]);
  expect(report).toMatchObject({
    decision: evaluation.decision,
    previousDecision: null,
    evaluatedAt: evaluation.at,
    summary: evaluation.summary,
    sampleRatio: { passed: true },
    days: 0,
    openAlerts: [],
  });
  expect(report.changes).toEqual([
    'It was started.',
    `It is judged ${evaluation.decision} for the first time.`,
    '40 units were exposed, 40 in all.',
  ]);
  expect(report.text).toContain(`${evaluation.decision}: ${evaluation.summary}`);
});

test('begins with the full hour of the time asked for, which must be past', async () => {
  const input = sampleInput();
  await api.done('createExperiment', { input });
  await api.done('startExperiment', { key: input.key, dryRun: true });
  const tenDaysAgo = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 14);
  expect(await reportOf(input.key, `${tenDaysAgo}34:56.789Z`)).toMatchObject({
    since: `${tenDaysAgo}00:00.000Z`,
    status: 'DRY_RUN',
    days: null,
  });
  for (const since of ['2999-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z']) {
    const { errors } = await service.send(`{ experiment(key: "${input.key}") { report(since: "${since}") { text } } }`);
    expect(errors?.[0].extensions).toMatchObject({ code: 'INVALID_RANGE' });
  }
});

test('may be asked for a page of experiments, and not for many pages at once', async () => {
  const page = (alias: string) => `${alias}: experiments(first: 100) { nodes { report { text } } }`;
  expect((await service.send(`{ ${page('one')} }`)).errors).toBeUndefined();
  const { errors } = await service.send(`{ ${page('one')} ${page('two')} }`);
  expect(errors?.[0].extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
});
