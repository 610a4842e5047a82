import { describe, expect, test } from 'vitest';
import { type ArmSums, type Comparison, type EvaluationResult, evaluate } from '../../src/core/evaluation.js';
import type { Definition, EvaluationPlan } from '../../src/core/experiment.js';
import { betaPosterior } from '../../src/core/stats/beta-posterior.js';
import { groupSequentialBoundaries } from '../../src/core/stats/group-sequential.js';
import { groupSequentialPValue } from '../../src/core/stats/group-sequential-planning.js';
import { sprtDifference } from '../../src/core/stats/sprt.js';
import { arm, converted, errorGuardrail, look, metric, plan } from './totals.js';

const only = (result: EvaluationResult) => result.comparisons[0] as Comparison;
const arms = (units: number, control: number, green: number) => [arm('control', units, control), arm('green', units, green)];

/** Looks one after the other, as they are stored; the size of z at each as the fixed test has it. */
function run(definition: Definition, looks: readonly (readonly ArmSums[])[]) {
  let previous: EvaluationResult | null = null;
  return looks.map((cells) => {
    const result: EvaluationResult = evaluate(
      look(definition, cells, { previous: previous?.carried ?? null, looksUsed: previous?.look ?? 0 }),
    );
    previous = result;
    return { result, z: Math.abs(only(result).effect ?? 0) / (only(result).standardError ?? 1) };
  });
}

test('an effect that was clear and has faded is told with the look that its p-value is from', () => {
  const [, second] = run(plan(), [arms(10_000, 500, 650), arms(40_000, 2_000, 2_060)]);
  expect(second?.result).toMatchObject({ decision: 'SHIP', comparisons: [{ significant: true, interval: { lower: expect.any(Number) } }] });
  expect(only((second as { result: EvaluationResult }).result).interval?.lower).toBeLessThan(0);
  expect(second?.result.summary).toMatch(/\(\+3\.00%, 95% interval -[\d.]+% to \+[\d.]+%; adjusted p 0\.00024 at an earlier look\)\.$/);
});

describe('GROUP_SEQUENTIAL', () => {
  const grouped = (changes: Partial<EvaluationPlan> = {}) => plan({ method: 'GROUP_SEQUENTIAL', horizonUnits: 20_000, ...changes });
  const looks = [arms(2000, 100, 118), arms(4400, 220, 262), arms(6000, 300, 351), arms(7800, 390, 452), arms(10_000, 500, 571)];
  const information = [0.2, 0.44, 0.6, 0.78, 1];

  test.each(['OBRIEN_FLEMING', 'POCOCK'] as const)('shows the p-value and the repeated interval of %s at unequal looks', (spending) => {
    const results = run(grouped({ spending }), looks);
    const { boundaries, cumulativeAlphaSpent } = groupSequentialBoundaries({ spending, alpha: 0.05, sides: 2, information });
    results.forEach(({ result }, at) => {
      const statistics = results.slice(0, at + 1).map(({ z }) => z);
      const expected = groupSequentialPValue(statistics, { spending, sides: 2, information: information.slice(0, at + 1) });
      // Above 0.88 every p-value is given as 1; z by Welch's t has so many degrees of freedom that four digits agree.
      if (expected < 0.85) expect(only(result).pValue).toBeCloseTo(expected, 3);
      const { effect, standardError, interval } = only(result);
      if (at === 0) expect(interval?.upper).toBeCloseTo((effect ?? 0) + (boundaries[0] ?? 0) * (standardError ?? 0), 3);
      expect(result.alphaSpent).toBeCloseTo(cumulativeAlphaSpent[at] ?? 0, 12);
      expect(result).toMatchObject({ look: at + 1, maxLooks: 5 });
    });
    expect(results.at(-1)?.result.alphaSpent).toBe(0.05);
  });

  test('is significant exactly when a boundary is crossed', () => {
    const boundary =
      groupSequentialBoundaries({ spending: 'OBRIEN_FLEMING', alpha: 0.05, sides: 2, information: [0.5, 1] }).boundaries[1] ?? 0;
    for (let gain = 40; gain <= 80; gain += 1) {
      const results = run(grouped(), [arms(5000, 250, 255), arms(10_000, 500, 500 + gain)]);
      const { result, z } = results[1] as (typeof results)[number];
      if (Math.abs(z - boundary) > 0.002) expect(only(result).significant).toBe(z > boundary);
    }
  });

  test('spends what is left at the last look, however little has come in', () => {
    const [first, second] = run(grouped({ maxPeeks: 2 }), [arms(1000, 50, 50), arms(2000, 100, 150)]);
    expect(first?.result.alphaSpent).toBeLessThan(1e-6);
    expect(second?.result).toMatchObject({ alphaSpent: 0.05, decision: 'SHIP', carried: { looks: { green: { fractions: [0.1, 1] } } } });
    // All but nothing was spent before, so it is the test of one look: z = 3.2695, p = 0.001077 by the normal distribution.
    expect(only(second?.result as EvaluationResult).pValue).toBeCloseTo(0.001077, 4);
  });

  test('ends at the horizon, looks left or not, and refuses more looks than planned', () => {
    const results = run(grouped(), [arms(10_000, 500, 510), arms(11_000, 550, 700)]);
    expect(results[0]?.result).toMatchObject({ decision: 'DO_NOT_SHIP', alphaSpent: 0.05, look: 1 });
    // What comes in later is tested by nothing: all has been spent.
    expect(results[1]?.result).toMatchObject({ decision: 'DO_NOT_SHIP', look: 2 });
    expect(only(results[1]?.result as EvaluationResult).pValue).toBe(only(results[0]?.result as EvaluationResult).pValue);
    expect(() => evaluate(look(grouped(), arms(10_000, 500, 510), { looksUsed: 5 }))).toThrow('All 5 planned looks are used.');
  });

  test('takes a look at the same data for the same look, and tests nothing twice', () => {
    const results = run(grouped(), [arms(5000, 250, 290), arms(5000, 250, 290), arms(10_000, 500, 560)]);
    expect(results[1]?.result.carried.looks).toEqual(results[0]?.result.carried.looks);
    expect(only(results[1]?.result as EvaluationResult).pValue).toBe(only(results[0]?.result as EvaluationResult).pValue);
    const straight = run(grouped(), [arms(5000, 250, 290), arms(10_000, 500, 560)]);
    expect(only(results[2]?.result as EvaluationResult).pValue).toBe(only(straight[1]?.result as EvaluationResult).pValue);
  });

  test('shows that nothing can be said where next to nothing may be spent', () => {
    const result = evaluate(look(grouped({ horizonUnits: 10_000_000 }), arms(2000, 100, 300)));
    expect(only(result)).toMatchObject({ pValue: 1, significant: false, interval: { lower: null, upper: null }, unknownReason: null });
    expect(result.alphaSpent).toBe(0);
  });

  test('spends nothing in a dry run', () => {
    const dry = evaluate(look(grouped(), arms(9000, 450, 700), { confirmatory: false }));
    expect(dry).toMatchObject({ look: 0, alphaSpent: 0, decision: 'KEEP_RUNNING', comparisons: [{ significant: false }] });
  });

  test('reckons with the share of units that a pair was promised, whatever it got', () => {
    const definition = grouped();
    const first = evaluate(
      look(definition, arms(3000, 150, 160), { versions: [{ version: 1, propensities: [0.5, 0.5], units: [3000, 3000] }] }),
    );
    const versions = [
      { version: 1, propensities: [0.5, 0.5], units: [3000, 3000] },
      { version: 2, propensities: [0.9, 0.1], units: [3600, 400] },
    ];
    const second = evaluate(
      look(definition, [arm('control', 6600, 330), arm('green', 3400, 190)], { versions, previous: first.carried, looksUsed: 1 }),
    );
    // 3000 x 3000 / 6000, then 6600 x 3400 / 10,000.
    expect(second.carried.looks).toEqual({ green: { fractions: [0.3, 0.5], information: [1500, 2244] } });
  });
});

describe('SPRT', () => {
  const wald = (changes: Partial<EvaluationPlan> = {}) => plan({ method: 'SPRT', minimumEffect: 0.1, ...changes });

  test('shows the likelihood ratio of both sides against no effect as its p-value, and the interval of the same test', () => {
    const result = evaluate(look(wald(), arms(30_000, 1500, 1650)));
    const { effect, standardError, pValue, interval } = only(result);
    const ratio = (side: number) =>
      Math.exp(sprtDifference(effect ?? 0, standardError ?? 1, side * 0.005, { alpha: 0.05, beta: 0.2 }).logLikelihoodRatio);
    expect(pValue).toBeCloseTo(2 / (ratio(1) + ratio(-1)), 3);
    expect(interval?.lower).toBeLessThan(effect ?? 0);
    for (const gain of [170, 200, 230, 260, 290]) {
      const each = only(evaluate(look(wald(), arms(30_000, 1500, 1500 + gain))));
      expect((each.interval?.lower ?? 0) > 0).toBe((each.pValue ?? 1) <= 0.05);
    }
  });

  test('takes the side of no effect when the planned one is ruled out both ways, and stays there', () => {
    const results = run(wald(), [arms(5000, 250, 252), arms(40_000, 2000, 2010), arms(41_000, 2050, 2150)]);
    expect(results.map(({ result }) => result.decision)).toEqual(['KEEP_RUNNING', 'DO_NOT_SHIP', 'DO_NOT_SHIP']);
    expect(results[1]?.result.summary).toContain('A change of 10.0% is ruled out and no variant has beaten the control');
    expect(results[1]?.result).toMatchObject({ maxLooks: null, alphaSpent: 0.05 });
  });

  test('waits for every variant before it gives up', () => {
    const three = { ...wald(), variants: plan({}, [metric()], ['control', 'green', 'blue']).variants };
    const cells = (blue: number) => [...arms(40_000, 2000, 2010), arm('blue', 40_000, blue)];
    expect(evaluate(look(three, cells(2130))).decision).toBe('KEEP_RUNNING');
    expect(evaluate(look(three, cells(1990))).decision).toBe('DO_NOT_SHIP');
    expect(evaluate(look(three, cells(1600))).decision).toBe('DO_NOT_SHIP');
    expect(evaluate(look(three, cells(2500)))).toMatchObject({ decision: 'SHIP', winner: 'blue' });
  });

  test('ends with one fixed test at the horizon', () => {
    const at = evaluate(look(wald({ horizonUnits: 20_000 }), arms(10_000, 500, 580)));
    expect(at).toMatchObject({ decision: 'SHIP', alphaSpent: 0.05, carried: { finalTestMade: true } });
    expect(evaluate(look(wald({ horizonUnits: 30_000 }), arms(10_000, 500, 580)))).toMatchObject({ decision: 'KEEP_RUNNING' });
    expect(evaluate(look(wald({ horizonUnits: 20_000 }), arms(10_000, 500, 530)))).toMatchObject({ decision: 'DO_NOT_SHIP' });
  });

  test('has nothing to look for where the control has nothing', () => {
    const amounts = plan({ method: 'SPRT', minimumEffect: 0.1 }, [metric({ type: 'CONTINUOUS' })]);
    const sums = (sumX: string) => ({ purchase: { units: 400, events: 400, total: sumX, sumX, sumX2: '400' } });
    const result = evaluate(look(amounts, [arm('control', 1000, sums('0')), arm('green', 1000, sums('20'))]));
    expect(only(result)).toMatchObject({ effect: 0.02, pValue: null, unknownReason: 'ZERO_BASELINE' });
  });
});

describe('BAYESIAN', () => {
  const bayes = (changes: Partial<EvaluationPlan> = {}, metrics = [metric()], variants = ['control', 'green']) =>
    plan({ method: 'BAYESIAN', lossThreshold: 0.0005, ...changes }, metrics, variants);

  test('shows the posterior of each variant, and no p-value', () => {
    const cells = [...arms(10_000, 500, 560), arm('blue', 10_000, 530)];
    const result = evaluate(look(bayes({}, [metric()], ['control', 'green', 'blue']), cells));
    const exact = betaPosterior(
      [500, 560, 530].map((successes) => ({ successes, trials: 10_000 })),
      { alpha: 1, beta: 1 },
      0.95,
    );
    result.comparisons.forEach((comparison, i) => {
      expect(comparison).toMatchObject({ pValue: null, adjustedPValue: null, unknownReason: null });
      expect(comparison.probabilityToBeatControl).toBeCloseTo(exact.probabilityBeatsFirst[i + 1] ?? 0, 10);
      expect(comparison.expectedLoss).toBeCloseTo(exact.expectedLoss[i + 1] ?? 0, 12);
    });
    expect(result).toMatchObject({ alphaSpent: null, maxLooks: null });
  });

  test('ships the variant that loses less than the threshold, and says what it loses', () => {
    expect(evaluate(look(bayes(), arms(10_000, 500, 540))).decision).toBe('SHIP');
    const shipped = evaluate(look(bayes(), arms(10_000, 500, 560)));
    expect(shipped).toMatchObject({ decision: 'SHIP', winner: 'green', comparisons: [{ significant: true, outcome: 'BETTER' }] });
    expect(shipped.summary).toContain('green can replace the control on purchase: 5.60% against 5.00%');
    expect(shipped.summary).toContain('better with probability 97.08%');
    // P = 0.9997 is no certainty.
    expect(evaluate(look(bayes(), arms(10_000, 500, 609))).summary).toMatch(/better with probability 99\.9[5-9]%/);
    expect(evaluate(look(bayes({ lossThreshold: 1e-6 }), arms(10_000, 500, 560))).decision).toBe('KEEP_RUNNING');
  });

  test('keeps the control where that loses less', () => {
    const kept = evaluate(look(bayes(), arms(10_000, 560, 500)));
    expect(kept).toMatchObject({ decision: 'DO_NOT_SHIP', comparisons: [{ outcome: 'WORSE' }] });
    expect(kept.summary).toContain('The control can be kept: no variant is likely to do better on purchase');
  });

  test('turns with the direction of the metric', () => {
    const fewer = [metric({ direction: 'DECREASE' })];
    const result = evaluate(look(bayes({}, fewer), arms(10_000, 560, 500)));
    expect(result).toMatchObject({ decision: 'SHIP', winner: 'green' });
    const mirrored = evaluate(look(bayes(), arms(10_000, 9440, 9500)));
    expect(only(result).probabilityToBeatControl).toBeCloseTo(only(mirrored).probabilityToBeatControl ?? 0, 12);
    expect(only(result).expectedLoss).toBeCloseTo(only(mirrored).expectedLoss ?? 0, 14);
  });

  test('waits for minSampleSize, and gives up at the horizon without a winner', () => {
    expect(evaluate(look(bayes({ minSampleSize: 10_001 }), arms(10_000, 500, 700)))).toMatchObject({
      decision: 'INSUFFICIENT_DATA',
      comparisons: [{ probabilityToBeatControl: null, variantMean: 0.07, unknownReason: 'INSUFFICIENT_SAMPLE' }],
    });
    const strict = bayes({ lossThreshold: 1e-9, horizonUnits: 20_000 });
    expect(evaluate(look(strict, arms(9_999, 500, 510))).decision).toBe('KEEP_RUNNING');
    expect(evaluate(look(strict, arms(10_000, 500, 510))).decision).toBe('DO_NOT_SHIP');
  });

  test('judges by the primary metric alone; of the others it tells', () => {
    const cells = [
      arm('control', 10_000, { purchase: converted(500), visit: converted(2000), error: converted(100) }),
      arm('green', 10_000, { purchase: converted(500), visit: converted(2500), error: converted(100) }),
    ];
    const result = evaluate(
      look(bayes({ lossThreshold: 1e-6 }, [metric(), metric({ key: 'visit', role: 'SECONDARY' }), errorGuardrail]), cells),
    );
    expect(result.comparisons[1]).toMatchObject({ metric: 'visit', significant: false, outcome: 'INCONCLUSIVE' });
    expect(result.comparisons[1]?.probabilityToBeatControl).toBeGreaterThan(0.999);
  });

  test('knows rates of which nothing has been seen, equal ones as equal', () => {
    const result = only(evaluate(look(bayes({ lossThreshold: 1 }), arms(1000, 0, 0))));
    expect(result.probabilityToBeatControl).toBeCloseTo(0.5, 10);
    expect(result).toMatchObject({ effect: 0, lift: null, significant: false, outcome: 'INCONCLUSIVE', unknownReason: 'ZERO_VARIANCE' });
    expect(result.interval?.upper).toBeGreaterThan(0.001);
  });

  test('takes amounts as normal: the mean loses what a normal posterior loses', () => {
    const amounts = bayes({ lossThreshold: 0.1 }, [metric({ type: 'CONTINUOUS' })]);
    const sums = (sum: number) => ({ purchase: { units: 1000, events: 1000, total: `${sum}`, sumX: `${sum}`, sumX2: '20000' } });
    const result = only(evaluate(look(amounts, [arm('control', 1000, sums(2000)), arm('green', 1000, sums(2300))])));
    const error = Math.sqrt((16_000 / 999 + 14_710 / 999) / 1000);
    expect(result.standardError).toBeCloseTo(error, 12);
    // Phi(0.3 / 0.17535) and 0.17535 (phi(z) - z Q(z)), by R.
    expect(result.probabilityToBeatControl).toBeCloseTo(0.95644, 4);
    expect(result.expectedLoss).toBeCloseTo(0.00312, 4);
  });
});
