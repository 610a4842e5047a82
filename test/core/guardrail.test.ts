import { describe, expect, test } from 'vitest';
import { checkGuardrails } from '../../src/core/guardrail.js';
import { arm, converted, errorGuardrail, metric, plan } from './totals.js';

const definition = plan({ minSampleSize: 15_000 }, [metric(), errorGuardrail]);

function errors(control: number, variant: number, units = 1000) {
  return [arm('control', units, { error: converted(control) }), arm('green', units, { error: converted(variant) })];
}

describe('a guardrail', () => {
  test('is breached by harm that is proven to exceed the threshold, long before minSampleSize', () => {
    const [status] = checkGuardrails(definition, errors(10, 100));
    expect(status).toMatchObject({ metric: 'error', variant: 'green', breached: true, threshold: 0.02, action: 'ROLLBACK' });
    expect(status?.effect).toBeCloseTo(0.09, 12);
    expect(status?.interval?.lower).toBeGreaterThan(0.02);
    expect(status?.interval?.upper).toBeNull();
  });

  test('bears harm within its threshold, however sure it is', () => {
    // 1.5 points more errors in a million units each: certain, and tolerated.
    expect(checkGuardrails(definition, errors(10_000, 25_000, 1_000_000))[0]).toMatchObject({ breached: false });
  });

  test('bears a level above the threshold that the control shares', () => {
    expect(checkGuardrails(definition, errors(100, 102))[0]).toMatchObject({ breached: false });
  });

  test('never takes an improvement for harm', () => {
    expect(checkGuardrails(definition, errors(500, 10))[0]).toMatchObject({ breached: false });
  });

  test('watches the other side when more is better', () => {
    const rising = metric({ key: 'error', role: 'GUARDRAIL', threshold: 0.02, action: null });
    const [fallen] = checkGuardrails(plan({}, [metric(), rising]), errors(500, 400));
    expect(fallen).toMatchObject({ breached: true, action: 'ALERT', interval: { lower: null } });
    expect(checkGuardrails(plan({}, [metric(), rising]), errors(400, 500))[0]).toMatchObject({ breached: false });
  });

  test('sees a variant that fails for everybody although the control has no error', () => {
    expect(checkGuardrails(definition, errors(0, 100, 200))[0]).toMatchObject({ breached: true });
  });

  test('says nothing from too little or from corrupt totals', () => {
    expect(checkGuardrails(definition, errors(0, 50, 99))[0]).toMatchObject({ breached: false, interval: null });
    expect(checkGuardrails(definition, [])[0]).toMatchObject({ breached: false, effect: null, interval: null });
    expect(checkGuardrails(definition, errors(0, 1001))[0]).toMatchObject({ breached: false, effect: null, interval: null });
  });
});
