import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differenceOf, valuesOf } from '../plain/comparisons.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';
import { kindOf, makeShoppers, type Shopper, sendShoppers, shopperMetrics } from './shoppers.js';

/** Guardrails that are a ratio, over the API: failures a visit, of which who is exposed where makes one variant have more. */

const variants = ['control', 'green'];
const shoppers = makeShoppers(1_500);
/** Nobody who breaks much is exposed in the control, nobody who spends little in the other. */
const isExposed = ({ kind }: Shopper, variant: string) => kind !== (variant === 'control' ? 2 : 1);

describe('a guardrail on a ratio', () => {
  let service: RunningService;
  const api = createCaller(() => service);
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.remove();
  });

  async function run(key: string, threshold: number): Promise<void> {
    const input = sampleInput({
      key,
      salt: 'pepper',
      variants: variants.map((variant) => ({ key: variant, weight: 0.5 })),
      metrics: {
        primary: shopperMetrics.bought,
        secondary: [shopperMetrics.items, shopperMetrics.spend],
        guardrails: [{ ...shopperMetrics.failures, threshold, action: 'ROLLBACK' }],
      },
    });
    await api.done('createExperiment', { input });
    await api.done('startExperiment', { key });
  }

  test('rolls back what it proves harmful and leaves alone what it does not, within one watch of both', async () => {
    await run('harmful', 0.02);
    await run('tolerated', 0.1);
    const alerts = service.subscribe('subscription { alertRaised { kind experimentKey metric variant message experiment { status } } }');
    const served = await sendShoppers(service, ['harmful', 'tolerated'], shoppers, isExposed);
    const first = (await alerts.next()).alertRaised;
    expect(first).toMatchObject({ kind: 'GUARDRAIL_BREACH', experimentKey: 'harmful', metric: 'failures', variant: 'green' });
    expect((await alerts.next()).alertRaised).toMatchObject({
      kind: 'ROLLED_BACK',
      experimentKey: 'harmful',
      experiment: { status: 'ROLLED_BACK' },
    });
    await alerts.close();

    for (const [key, status, breached] of [
      ['harmful', 'ROLLED_BACK', true],
      ['tolerated', 'RUNNING', false],
    ] as const) {
      if (!breached) await api.done('evaluateExperiment', { key });
      const experiment = await api.done(
        'experiment',
        { key },
        '{ status results { decision guardrails { metric variant breached effect threshold interval { lower upper level } } } }',
      );
      const [control = [], green = []] = valuesOf(
        variants.map((variant) => (served.get(key)?.get(variant) ?? []).map(({ measured }) => measured.failures)),
        kindOf.failures,
      );
      const { effect, standardError } = differenceOf(control, green);
      const [guardrail] = experiment.results.guardrails;
      expect(experiment).toMatchObject({ status, results: { decision: breached ? 'ROLL_BACK' : expect.not.stringMatching('ROLL_BACK') } });
      expect(guardrail).toMatchObject({ metric: 'failures', variant: 'green', breached, interval: { upper: null, level: 0.95 } });
      if (!breached) {
        // Waudby-Smith et al. (2024), one-sided, tightest at 1,000 units: rho at twice alpha.
        const log = -2 * Math.log(0.1);
        const m = ((control.length + green.length) * (log + Math.log(1 + log))) / 1_000;
        const half = standardError * Math.sqrt(((2 * (m + 1)) / m) * Math.log(1 + Math.sqrt(m + 1) / 0.1));
        expect(guardrail.effect).toBeCloseTo(effect, 10);
        expect(guardrail.interval.lower).toBeCloseTo(effect - half, 10);
        expect(effect).toBeGreaterThan(0.02);
      }
    }
  });
});
