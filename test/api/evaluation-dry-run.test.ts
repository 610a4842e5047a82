import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendPopulation } from '../setup/population.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.remove();
});

const look = `{ evaluation { look alphaSpent decision winner confirmatory summary provenance { planHash allocationVersions }
  comparisons { pValue significant confirmatory controlUnits variantUnits } segments { value comparisons { pValue significant confirmatory } } } }`;

test('a dry run shows numbers that count as evidence of nothing, and leaves nothing behind for the registered plan', async () => {
  const key = 'dry';
  const evaluation = { method: 'FREQUENTIST_T_TEST', maxPeeks: 1, minSampleSize: 5, segments: ['region'], schedule: 'daily_0000_utc' };
  await api.done('createExperiment', {
    input: sampleInput({ key, salt: 'pepper', metrics: { primary: { key: 'clicks', type: 'COUNT' } }, evaluation }),
  });
  await api.done('startExperiment', { key, dryRun: true });
  const population = { experimentKey: key, metric: 'clicks', rates: { control: 0.1, green: 0.9 }, unit: { attributes: { region: 'DE' } } };
  const served = await sendPopulation(service, { ...population, units: 3_000, prefix: 'dry' });
  const units = Object.values(served).reduce((sum, count) => sum + count, 0);
  // 1% of 3,000, within five deviations.
  expect(Math.abs(units - 30)).toBeLessThan(28);

  const dry = (await api.done('evaluateExperiment', { key }, look)).evaluation;
  expect(dry).toMatchObject({
    look: 0,
    alphaSpent: 0,
    decision: 'KEEP_RUNNING',
    winner: null,
    confirmatory: false,
    provenance: { planHash: null },
  });
  expect(dry.summary).toMatch(/dry run: nothing in it counts as evidence/);
  expect(dry.comparisons[0].controlUnits + dry.comparisons[0].variantUnits).toBe(units);
  expect(dry.segments.map(({ value }: { value: string }) => value)).toEqual(['DE']);
  for (const { comparisons } of [dry, ...dry.segments]) {
    for (const comparison of comparisons) expect(comparison).toMatchObject({ significant: false, confirmatory: false });
  }
  expect(dry.comparisons[0].pValue).toBeLessThan(0.05);

  await api.done('startExperiment', { key });
  const first = (await api.done('evaluateExperiment', { key }, look)).evaluation;
  expect(first).toMatchObject({
    look: 0,
    confirmatory: true,
    decision: 'INSUFFICIENT_DATA',
    comparisons: [{ controlUnits: 0, variantUnits: 0 }],
  });
  await sendPopulation(service, { ...population, rates: { control: 0.5, green: 0.5 }, units: 40, prefix: 'real' });
  const second = (await api.done('evaluateExperiment', { key }, look)).evaluation;
  expect(second).toMatchObject({ look: 1, alphaSpent: 0.05, confirmatory: true, decision: 'DO_NOT_SHIP' });
  expect(second.provenance.planHash).toMatch(/^[0-9a-f]{64}$/);
  expect(second.comparisons[0].controlUnits + second.comparisons[0].variantUnits).toBeLessThanOrEqual(40);
});
