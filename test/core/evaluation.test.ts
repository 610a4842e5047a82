import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { type Comparison, type EvaluationResult, evaluate } from '../../src/core/evaluation.js';
import { arm, converted, errorGuardrail, look, metric, plan } from './totals.js';

function only(result: EvaluationResult): Comparison {
  return result.comparisons[0] as Comparison;
}

const level = [arm('control', 10_000, 500), arm('green', 10_000, 500)];
const better = [arm('control', 10_000, 500), arm('green', 10_000, 650)];
const worse = [arm('control', 10_000, 650), arm('green', 10_000, 500)];

describe('the decision', () => {
  test('ships the variant with the largest significant effect in the good direction', () => {
    const three = plan({}, [metric()], ['control', 'green', 'blue']);
    const arms = [arm('control', 10_000, 500), arm('green', 10_000, 650), arm('blue', 10_000, 700)];
    expect(evaluate(look(three, arms))).toMatchObject({ decision: 'SHIP', winner: 'blue' });
  });

  test('never takes a significant loss for a winner', () => {
    expect(evaluate(look(plan(), worse))).toMatchObject({
      decision: 'DO_NOT_SHIP',
      winner: null,
      comparisons: [{ outcome: 'WORSE', significant: true }],
    });
  });

  test('turns with the direction of the metric', () => {
    const fewer = plan({}, [metric({ direction: 'DECREASE' })]);
    expect(evaluate(look(fewer, worse))).toMatchObject({ decision: 'SHIP', winner: 'green' });
    expect(evaluate(look(fewer, better))).toMatchObject({ decision: 'DO_NOT_SHIP', comparisons: [{ outcome: 'WORSE' }] });
  });

  test('keeps running while nothing is settled', () => {
    expect(evaluate(look(plan(), level))).toMatchObject({ decision: 'KEEP_RUNNING', winner: null });
  });

  test('does not ship when the plan is used up without a win', () => {
    expect(evaluate(look(plan({ horizonUnits: 20_000 }), level)).decision).toBe('DO_NOT_SHIP');
    expect(evaluate(look(plan({ method: 'FREQUENTIST_T_TEST' }), level, { looksUsed: 3 })).decision).toBe('KEEP_RUNNING');
    expect(evaluate(look(plan({ method: 'FREQUENTIST_T_TEST' }), level, { looksUsed: 4 })).decision).toBe('DO_NOT_SHIP');
  });

  test('waits for minSampleSize in every variant that is served, and shows no p-value before', () => {
    const result = evaluate(look(plan({ minSampleSize: 10_001 }), better));
    expect(result).toMatchObject({ decision: 'INSUFFICIENT_DATA', look: 0, lookUsed: false, alphaSpent: 0 });
    expect(only(result)).toMatchObject({
      controlMean: 0.05,
      variantMean: 0.065,
      pValue: null,
      interval: null,
      unknownReason: 'INSUFFICIENT_SAMPLE',
    });
    const unserved = plan({}, [metric()], ['control', 'green', 'blue']);
    const versions = [{ version: 1, propensities: [0.5, 0.5, 0], units: [10_000, 10_000, 0] }];
    expect(evaluate(look(unserved, better, { versions }))).toMatchObject({ decision: 'SHIP', winner: 'green' });
  });

  test('rolls back on a breached guardrail, before anything good is considered', () => {
    const guarded = plan({}, [metric(), errorGuardrail]);
    const harmed = [
      arm('control', 10_000, { purchase: converted(500), error: converted(100) }),
      arm('green', 10_000, { purchase: converted(700), error: converted(500) }),
    ];
    const result = evaluate(look(guarded, harmed));
    expect(result).toMatchObject({
      decision: 'ROLL_BACK',
      winner: null,
      guardrails: [{ variant: 'green', metric: 'error', breached: true }],
    });
    expect(result.summary).toBe('A guardrail is breached: green moves error by +4.00%, at least 3.26%, where 2.00% is tolerated.');
  });

  test('is invalid when the units do not fit the split, and then nothing else is judged', () => {
    const guarded = plan({}, [metric(), errorGuardrail]);
    const arms = [arm('control', 10_000, { purchase: converted(500) }), arm('green', 9_000, { error: converted(4_000) })];
    const result = evaluate(look(guarded, arms));
    expect(result).toMatchObject({ decision: 'INVALID', look: 0, srm: { passed: false }, guardrails: [{ breached: false, effect: null }] });
    for (const comparison of result.comparisons) {
      expect(comparison).toMatchObject({ effect: null, controlMean: null, pValue: null, unknownReason: 'SRM_DETECTED' });
    }
  });
});

describe('looks', () => {
  test('are metered for FREQUENTIST_T_TEST: each costs alpha / maxPeeks and the last leaves none', () => {
    const metered = plan({ method: 'FREQUENTIST_T_TEST' });
    expect(evaluate(look(metered, level))).toMatchObject({ look: 1, lookUsed: true, maxLooks: 5, alphaSpent: 0.01 });
    expect(() => evaluate(look(metered, level, { looksUsed: 5 }))).toThrow(DomainError);
    expect(() => evaluate(look(metered, level, { looksUsed: 5 }))).toThrow('All 5 planned looks are used.');
  });

  test('a final evaluation without a look left shows what the looks found and tests nothing anew', () => {
    const metered = plan({ method: 'FREQUENTIST_T_TEST' });
    const last = evaluate(look(metered, level, { looksUsed: 4 }));
    const after = evaluate(look(metered, better, { looksUsed: 5, final: true, previous: last.carried }));
    expect(after).toMatchObject({ look: 5, lookUsed: false, decision: 'DO_NOT_SHIP', final: true });
    expect(only(after).pValue).toBe(only(last).pValue);
    expect(after.carried.comparisons).toEqual(last.carried.comparisons);
  });

  test('show the smallest of maxPeeks x p so far', () => {
    const metered = plan({ method: 'FREQUENTIST_T_TEST' });
    // Welch on 500 and 580 of 10,000: z = 2.5031, p = 0.012317 by scipy.stats.ttest_ind_from_stats, times 5 looks.
    const first = evaluate(look(metered, [arm('control', 10_000, 500), arm('green', 10_000, 580)]));
    expect(only(first).pValue).toBeCloseTo(0.0616, 4);
    const second = evaluate(look(metered, level, { looksUsed: 1, previous: first.carried }));
    expect(only(second).pValue).toBe(only(first).pValue);
  });

  test('are free for ALWAYS_VALID', () => {
    expect(evaluate(look(plan(), level, { looksUsed: 1_000_000 }))).toMatchObject({ look: 1_000_001, maxLooks: null, alphaSpent: 0.05 });
  });

  test('a p-value that was reached stays, but a side that was left does not win', () => {
    const won = evaluate(look(plan(), better));
    expect(won.decision).toBe('SHIP');
    const faded = evaluate(
      look(
        plan(),
        level.map((cell) => ({ ...cell })),
        { previous: won.carried },
      ),
    );
    expect(only(faded)).toMatchObject({ pValue: only(won).pValue, significant: true, outcome: 'INCONCLUSIVE' });
    const turned = evaluate(look(plan(), [arm('control', 10_000, 510), arm('green', 10_000, 500)], { previous: won.carried }));
    expect(turned.decision).toBe('KEEP_RUNNING');
  });

  test('the test at the horizon is made once, at the first evaluation at or past it', () => {
    const split = plan({ horizonUnits: 20_000 });
    const before = evaluate(look(split, [arm('control', 9_999, 500), arm('green', 10_000, 590)]));
    expect(before).toMatchObject({ decision: 'KEEP_RUNNING', carried: { finalTestMade: false } });
    expect(before.alphaSpent).toBeCloseTo(0.01, 15);
    const at = evaluate(look(split, [arm('control', 10_000, 500), arm('green', 10_000, 560)], { previous: before.carried }));
    // Welch by scipy.stats.ttest_ind_from_stats: 0.058262; over 0.8 it is above alpha.
    expect(only(at).pValue).toBeCloseTo(0.058262 / 0.8, 5);
    expect(at).toMatchObject({ decision: 'DO_NOT_SHIP', alphaSpent: 0.05, informationFraction: 1, carried: { finalTestMade: true } });
    const past = evaluate(look(split, [arm('control', 11_000, 550), arm('green', 11_000, 640)], { previous: at.carried }));
    expect(only(past).pValue).toBe(only(at).pValue);
  });

  test('a final test pays for itself: what the sequence alone misses at the horizon is found', () => {
    const arms = [arm('control', 10_000, 500), arm('green', 10_000, 580)];
    expect(evaluate(look(plan({ horizonUnits: 20_000 }), arms)).decision).toBe('SHIP');
    expect(evaluate(look(plan(), arms)).decision).toBe('KEEP_RUNNING');
  });
});

describe('the family', () => {
  const metrics = [metric(), metric({ key: 'visit', role: 'SECONDARY' }), errorGuardrail];
  const arms = [
    arm('control', 10_000, { purchase: converted(500), visit: converted(0), error: converted(100) }),
    arm('green', 10_000, { purchase: converted(650), visit: converted(0), error: converted(102) }),
    arm('blue', 10_000, { purchase: converted(500), visit: converted(0), error: converted(102) }),
  ];
  const variants = ['control', 'green', 'blue'];

  test('counts variants x (primary + secondary), those without a p-value too, and no guardrail', () => {
    const result = evaluate(look(plan({ correction: 'BONFERRONI' }, metrics, variants), arms));
    const [green, , visit] = result.comparisons as [Comparison, Comparison, Comparison];
    expect(green.adjustedPValue).toBeCloseTo(4 * (green.pValue as number), 12);
    expect(visit).toMatchObject({
      metric: 'visit',
      pValue: null,
      adjustedPValue: null,
      unknownReason: 'ZERO_VARIANCE',
      significant: false,
    });
    const guarded = result.comparisons.find(({ role }) => role === 'GUARDRAIL') as Comparison;
    expect(guarded.adjustedPValue).toBe(guarded.pValue);
  });

  test('lists comparisons by metric and then by variant, the control left out', () => {
    const result = evaluate(look(plan({}, metrics, variants), arms));
    expect(result.comparisons.map(({ metric: key, variant }) => `${key}/${variant}`)).toEqual([
      'purchase/green',
      'purchase/blue',
      'visit/green',
      'visit/blue',
      'error/green',
      'error/blue',
    ]);
  });
});

describe('what is stored', () => {
  test('is plain JSON that gives the same bits when computed again', () => {
    let previous: EvaluationResult | null = null;
    for (const gain of [500, 560, 620, 640]) {
      const input = look(
        plan({ horizonUnits: 20_000 }, [metric(), errorGuardrail]),
        [arm('control', 10_000, 500), arm('green', 10_000, gain)],
        {
          previous: previous?.carried ?? null,
        },
      );
      const result: EvaluationResult = evaluate(input);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(JSON.stringify(evaluate(JSON.parse(JSON.stringify(input))))).toBe(JSON.stringify(result));
      previous = result;
    }
  });

  test('a dry run calls nothing significant and uses no look', () => {
    const result = evaluate(look(plan({ method: 'FREQUENTIST_T_TEST' }), better, { confirmatory: false }));
    expect(result).toMatchObject({ look: 0, lookUsed: false, confirmatory: false, decision: 'KEEP_RUNNING' });
    expect(only(result)).toMatchObject({ significant: false, outcome: 'INCONCLUSIVE', confirmatory: false });
    expect(result.summary).toContain('dry run');
  });
});

describe('the summary', () => {
  test.each([
    [
      plan(),
      better,
      'green beats the control on purchase: 6.50% against 5.00% (+30.0%, 95% interval +6.51% to +53.5%; adjusted p 0.00024).',
    ],
    [
      plan(),
      worse,
      'green does worse than the control on purchase: 5.00% against 6.50% (-23.1%, 95% interval -37.0% to -9.18%; adjusted p 0.00024).',
    ],
    [
      plan({ horizonUnits: 40_000 }),
      level,
      'Nothing is settled yet on purchase after 20,000 units (50.0% of the planned number). So far green is level with the control: 5.00% against 5.00% (0%, 95% interval -22.0% to +22.0%; adjusted p 1).',
    ],
    [
      plan(),
      [arm('control', 400, 10), arm('green', 400, 80)],
      'green beats the control on purchase: 20.0% against 2.50% (+17.5 points, 95% interval +10.00 points to +25.0 points; adjusted p below 0.0001).',
    ],
    [
      plan({ minSampleSize: 15_000 }),
      level,
      'Too few units to judge: control has 10,000 and green has 10,000 of the 15,000 that each variant needs.',
    ],
    [
      plan(),
      [arm('control', 10_000, 500), arm('green', 9_000, 500)],
      'The units do not fit the planned split (p below 0.0001): control has 10,000 where 9,500 were due. No effect is reported until the cause is found.',
    ],
  ])('says what to do and why (%#)', (definition, arms, text) => {
    expect(evaluate(look(definition, arms)).summary).toBe(text);
  });
});
