import { describe, expect, test } from 'vitest';
import type { MetricSums } from '../../src/core/evaluation.js';
import type { MetricDefinition } from '../../src/core/experiment.js';
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

/** Totals of units that all have the same value, and so many visits. */
function constant(units: number, value: number, visits = 0): MetricSums {
  const [total, sumX2] = [`${units * value}`, `${units * value ** 2}`];
  const second = { sumY: `${units * visits}`, sumY2: `${units * visits ** 2}`, sumXY: `${units * value * visits}` };
  return { units: value === 0 ? 0 : units, events: units, total, sumX: total, sumX2, second };
}

function unvaried(guardrail: Partial<MetricDefinition>, [control, green]: readonly [MetricSums, MetricSums], units = [191, 209]) {
  const arms = [arm('control', units[0] as number, { error: control }), arm('green', units[1] as number, { error: green })];
  return checkGuardrails(plan({}, [metric(), metric({ ...errorGuardrail, ...guardrail })]), arms)[0];
}

describe('a guardrail where nothing varies in either arm', () => {
  test('sees that every unit errs where none did, and is no less sure than when one unit is spared', () => {
    const every = unvaried({}, [constant(191, 0), constant(209, 1)]);
    const spared = unvaried({}, [constant(191, 0), converted(208)]);
    expect(every).toMatchObject({ effect: 1, breached: true, interval: { upper: null } });
    expect(spared?.breached).toBe(true);
    expect(every?.interval?.lower).toBeGreaterThan(spared?.interval?.lower as number);
  });

  test.each<[string, Partial<MetricDefinition>, [MetricSums, MetricSums]]>([
    ['a page that loads for nobody any more', { direction: 'INCREASE' }, [constant(191, 1), constant(209, 0)]],
    ['exactly one error a unit', { type: 'COUNT', threshold: 0.5 }, [constant(191, 0), constant(209, 1)]],
    ['exactly 2 seconds more for everybody', { type: 'CONTINUOUS', threshold: 1 }, [constant(191, 3), constant(209, 5)]],
    ['an error a visit', { type: 'RATIO', denominator: 'visit', threshold: 0.1 }, [constant(191, 0, 2), constant(209, 2, 2)]],
  ])('sees %s', (_harm, guardrail, arms) => {
    expect(unvaried(guardrail, arms)).toMatchObject({ breached: true });
  });

  test('sees it through the moves of a bandit', () => {
    const arms = [1, 2].flatMap((period) => [
      arm('control', 150, { error: constant(150, 0) }, period),
      arm('green', 150, { error: constant(150, 1) }, period),
    ]);
    expect(checkGuardrails({ ...definition, design: 'BANDIT' }, arms)[0]).toMatchObject({ breached: true });
  });

  test('takes neither what both arms share, nor the better, nor harm within its threshold for a breach', () => {
    expect(unvaried({ threshold: 0 }, [constant(191, 1), constant(209, 1)])).toMatchObject({ effect: 0, interval: null, breached: false });
    expect(unvaried({ type: 'CONTINUOUS', threshold: 0 }, [constant(191, 0.1), constant(209, 0.1)])).toMatchObject({ breached: false });
    expect(unvaried({ threshold: 0 }, [constant(191, 1), constant(209, 0)])).toMatchObject({ effect: -1, breached: false });
    expect(unvaried({ type: 'CONTINUOUS', threshold: 2 }, [constant(191, 3), constant(209, 5)])).toMatchObject({ breached: false });
  });

  test('does not take a small control without an error for one that never errs', () => {
    // At a rate of 2%, and so at no more than the 20 points allowed, 100 units go without an error in 13 of 100 experiments.
    const few = unvaried({ threshold: 0.2 }, [constant(100, 0), converted(22_000)], [100, 100_000]);
    expect(few).toMatchObject({ effect: 0.22, breached: false });
    expect(few?.interval?.lower).toBeGreaterThan(0.15);
    expect(unvaried({ threshold: 0.2 }, [constant(1000, 0), converted(22_000)], [1000, 100_000])?.breached).toBe(true);
  });

  test('says nothing of fewer than 100 units an arm', () => {
    expect(unvaried({}, [constant(99, 0), constant(209, 1)], [99, 209])).toMatchObject({ interval: null, breached: false });
  });

  /** The chance at the most that all units err in one arm and none in the other, were the rates to differ by so much: that of the likeliest two rates. */
  function chanceOfTotalFailure(control: number, variant: number, harm: number): number {
    const sound = Math.min(1, Math.max(harm, ((1 + harm) * control) / (control + variant)));
    return sound ** control * (1 + harm - sound) ** variant;
  }

  // Those of more units are a part of those of fewer: what the first look that shows them may be wrong by holds for all looks together.
  test.each([0.05, 0.01, 0.001])('leaves out no harm that could look like total failure in alpha %d of all experiments', (alpha) => {
    for (const least of [100, 130, 1000, 30_000]) {
      for (const times of [1, 1.5, 10, 1000, 30_000]) {
        for (const [control, green] of [
          [least, least * times],
          [least * times, least],
        ] as const) {
          const arms = [arm('control', control, { error: constant(control, 0) }), arm('green', green, { error: constant(green, 1) })];
          const lower = checkGuardrails(plan({ alpha }, [metric(), errorGuardrail]), arms)[0]?.interval?.lower as number;
          expect(lower).toBeGreaterThan(0.5);
          expect(chanceOfTotalFailure(control, green, lower)).toBeLessThan(alpha / 50);
        }
      }
    }
    // The variance of the union of both arms, (n - 1) / n of p (1 - p), gives a standard error of 1 / sqrt(n - 1), which 100 units beside 100,000 belie.
    expect(chanceOfTotalFailure(100_000, 100, 1 - 3.33 / Math.sqrt(100_099))).toBeGreaterThan(0.3);
  });
});
