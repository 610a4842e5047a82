import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluationMethods } from '../../src/core/experiment.js';
import { draws } from '../core/totals.js';
import { differenceOf, type Measured, valuesOf, welch } from '../plain/comparisons.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';
import { track } from './shoppers.js';

/** Tenants that are randomised and analysed as the units, over the API: many people each, who all see one variant and are alike in what they do. */

const variants = ['control', 'green'];
const tenantCount = 260;
const seatsOf = (tenant: number) => 2 + (tenant % 4);

/** Each tenant's people spend about the same, so that people would look far surer than tenants are. */
const next = draws(7);
const tenants = Array.from({ length: tenantCount }, (_, tenant) => {
  const level = 10 + Math.floor(40 * next());
  return { id: `tenant-${tenant}`, spent: Array.from({ length: seatsOf(tenant) }, () => level + Math.floor(5 * next())) };
});

describe('clusters', () => {
  let service: RunningService;
  const api = createCaller(() => service);
  const keyOf = (method: string) => `by-${method.toLowerCase().replaceAll('_', '-')}`;
  const arms = new Map<string, ReadonlyMap<string, readonly (typeof tenants)[number][]>>();

  beforeAll(async () => {
    service = await startService();
    for (const method of evaluationMethods) {
      const key = keyOf(method);
      const input = sampleInput({
        key,
        salt: 'pepper',
        design: 'CLUSTER',
        hashKey: 'tenantId',
        variants: variants.map((variant) => ({ key: variant, weight: 0.5 })),
        metrics: {
          primary: { key: 'spend', type: 'CONTINUOUS' },
          // The effect on the average person, whatever the tenant's size.
          secondary: [{ key: 'person-spend', type: 'RATIO', denominator: 'seat' }],
        },
        evaluation: {
          method,
          maxPeeks: 1,
          horizonUnits: tenantCount,
          minimumEffect: 0.5,
          lossThreshold: 1,
          schedule: 'daily_0000_utc',
        },
      });
      await api.done('createExperiment', { input });
      await api.done('startExperiment', { key });
      arms.set(key, await sendTenants(key));
    }
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const events = tenants.flatMap(({ id, spent }) =>
      spent.flatMap((value, seat) =>
        (['spend', 'person-spend', 'seat'] as const).map((metric) => ({
          eventId: `${metric} ${id} ${seat}`,
          metric,
          value: metric === 'seat' ? 1 : value,
          unit: { tenantId: id, userId: `${id}-${seat}` },
          occurredAt: at(0),
        })),
      ),
    );
    await track(service, 'events', events);
  });
  afterAll(async () => {
    await service.remove();
  });

  /** Everybody of every tenant meets the tenant's variant. */
  async function sendTenants(key: string) {
    const served = new Map<string, (typeof tenants)[number][]>(variants.map((variant) => [variant, []]));
    const exposures: object[] = [];
    const answers = await Promise.all(
      tenants.map(({ id }) => {
        const unit = { tenantId: id, userId: `${id}-0` };
        return api.done('assignment', { experimentKey: key, unit }, '{ variant unitId }');
      }),
    );
    for (const [i, tenant] of tenants.entries()) {
      const { variant, unitId } = answers[i];
      expect(unitId).toBe(tenant.id);
      served.get(variant)?.push(tenant);
      for (const seat of tenant.spent.keys()) {
        const who = { tenantId: tenant.id, userId: `${tenant.id}-${seat}` };
        exposures.push({
          eventId: `${key} ${tenant.id} ${seat}`,
          experimentKey: key,
          unit: who,
          variant,
          occurredAt: new Date().toISOString(),
        });
      }
    }
    await track(service, 'exposures', exposures);
    return served;
  }

  test.each(evaluationMethods)('are what %s counts, and what its uncertainty comes from', async (method) => {
    const key = keyOf(method);
    const { evaluation } = await api.done(
      'evaluateExperiment',
      { key },
      `{ evaluation { informationFraction decision comparisons { metric controlUnits variantUnits controlMean effect standardError
        pValue probabilityToBeatControl unknownReason } srm { variants { observed } } } }`,
    );
    const [control = [], green = []] = variants.map((variant) => arms.get(key)?.get(variant) ?? []);
    expect(control.length + green.length).toBe(tenantCount);
    expect(evaluation.srm.variants.map(({ observed }: { observed: number }) => observed)).toEqual([control.length, green.length]);
    expect(evaluation.informationFraction).toBe(1);
    const measured = [control, green].map((arm) =>
      arm.map(({ spent }): Measured => ({ x: spent.reduce((sum, value) => sum + value, 0), y: spent.length })),
    );
    for (const [i, kind] of (['PLAIN', 'RATIO'] as const).entries()) {
      const [a = [], b = []] = valuesOf(measured, kind);
      const expected = differenceOf(a, b);
      const comparison = evaluation.comparisons[i];
      expect(comparison).toMatchObject({ controlUnits: control.length, variantUnits: green.length, unknownReason: null });
      expect(comparison.controlMean).toBeCloseTo(expected.controlMean, 8);
      expect(comparison.effect).toBeCloseTo(expected.effect, 8);
      // The textbook's cluster-robust variance, K / (K - 1) of the sum of squared residuals, is that of the totals' linearised values.
      expect(comparison.standardError).toBeCloseTo(expected.standardError, 8);
      if (method === 'FREQUENTIST_T_TEST') expect(comparison.pValue).toBeCloseTo(welch(expected), 8);
      expect(comparison[method === 'BAYESIAN' ? 'probabilityToBeatControl' : 'pValue']).toEqual(expect.any(Number));
    }
  });

  test('are what minSampleSize waits for, however many people there are', async () => {
    const key = 'few-tenants';
    const evaluation = { minSampleSize: tenantCount, schedule: 'daily_0000_utc' };
    const metrics = { primary: { key: 'spend', type: 'CONTINUOUS' } };
    await api.done('createExperiment', { input: sampleInput({ key, design: 'CLUSTER', hashKey: 'tenantId', metrics, evaluation }) });
    await api.done('startExperiment', { key });
    const served = await sendTenants(key);
    const people = [...served.values()].flat().reduce((sum, { spent }) => sum + spent.length, 0);
    expect(people).toBeGreaterThan(3 * tenantCount);
    const { evaluation: result } = await api.done('evaluateExperiment', { key }, '{ evaluation { decision look summary } }');
    expect(result).toMatchObject({ decision: 'INSUFFICIENT_DATA', look: 0 });
  });
});
