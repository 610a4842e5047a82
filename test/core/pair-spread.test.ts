import { describe, expect, test } from 'vitest';
import { type ArmSums, type CarriedState, evaluate, type MetricSums } from '../../src/core/evaluation.js';
import type { Definition, EvaluationPlan, MetricDefinition } from '../../src/core/experiment.js';
import { checkGuardrails } from '../../src/core/guardrail.js';
import { estimatePair } from '../../src/core/pair-estimate.js';
import type { PairSpread } from '../../src/core/pair-spread.js';
import { confidenceSequence, mixtureRho } from '../../src/core/stats/confidence-sequence.js';
import { arm, binomial, converted, draws, look, metric, plan } from './totals.js';

/** Totals of so many units with this mean and variance, all of them with an event. */
function spreadOut(units: number, mean: number, variance: number): MetricSums {
  const [sumX, sumX2] = [units * mean, (units - 1) * variance + units * mean ** 2];
  return { units, events: units, total: `${sumX}`, sumX: `${sumX}`, sumX2: `${sumX2}` };
}

function spreadOf(type: MetricDefinition['type'], control: ArmSums, green: ArmSums): PairSpread {
  const question = { metric: metric({ type }), control: 'control', variant: 'green', isAdaptive: false };
  return estimatePair([control, green], question)?.spread as PairSpread;
}

const values = (variant: string, units: number, mean: number, variance: number) =>
  arm(variant, units, { purchase: spreadOut(units, mean, variance) });

describe('the standard error that tests use', () => {
  test("is Welch's for arms of like size, however their variances differ", () => {
    const { standardError, testError } = spreadOf('CONTINUOUS', values('control', 1700, 2, 90), values('green', 1000, 2, 10));
    expect(standardError).toBeCloseTo(Math.sqrt(90 / 1700 + 10 / 1000), 14);
    expect(testError).toBe(standardError);
  });

  test("is Welch's for rates, and for values that deviate by less than their mean, in arms of any size", () => {
    const rates = spreadOf('CONVERSION', arm('control', 9000, 500), arm('green', 1000, 20));
    expect(rates.testError).toBe(rates.standardError);
    const narrow = spreadOf('CONTINUOUS', values('control', 9000, 10, 99), values('green', 1000, 10, 4));
    expect(narrow.testError).toBe(narrow.standardError);
  });

  test('is no less than with one common variance for wide values in uneven arms', () => {
    const calm = spreadOf('CONTINUOUS', values('control', 9000, 2, 200), values('green', 1000, 2, 50));
    const common = (8999 * 200 + 999 * 50) / 9998;
    expect(calm.testError).toBeCloseTo(Math.sqrt(common * (1 / 9000 + 1 / 1000)), 12);
    const wild = spreadOf('CONTINUOUS', values('control', 9000, 2, 200), values('green', 1000, 2, 800));
    expect(wild.testError).toBe(wild.standardError);
  });
});

/** Units of an arm of which 5% pay, log-normally with sigma 1 about a mean of 40. */
function shop(next: () => number, totals: { units: number; paying: number; sum: number; squares: number }, units: number): void {
  const paying = binomial(next, units, 0.05);
  for (let i = 0; i < paying; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const value = Math.round(100 * Math.exp(Math.log(40) - 0.5 + normal)) / 100;
    totals.sum += value;
    totals.squares += value * value;
  }
  totals.units += units;
  totals.paying += paying;
}

/** Share of A/A tests split 90 to 10, read after every 500 units, in which one of the looks says yes. */
function everSaid(says: (arms: readonly ArmSums[], look: number) => boolean, looks: number, runs: number, seed: number): number {
  const next = draws(seed);
  let said = 0;
  for (let run = 0; run < runs; run++) {
    const totals = [0, 1].map(() => ({ units: 0, paying: 0, sum: 0, squares: 0 }));
    for (let number = 1; number <= looks; number++) {
      const ofControl = binomial(next, 500, 0.9);
      totals.forEach((own, index) => {
        shop(next, own, index === 0 ? ofControl : 500 - ofControl);
      });
      const arms = totals.map(({ units, paying, sum, squares }, index) => {
        const [sumX, sumX2] = [sum.toFixed(2), squares.toFixed(4)];
        return arm(index === 0 ? 'control' : 'green', units, { purchase: { units: paying, events: paying, total: sumX, sumX, sumX2 } });
      });
      if (says(arms, number)) {
        said += 1;
        break;
      }
    }
  }
  return said / runs;
}

describe('revenue of which a twentieth of the units pays, split 90 to 10', () => {
  // 3.29 sqrt(0.05 x 0.95 / 300) = 0.041 more by chance.
  const [runs, most] = [300, 0.091];

  /** Evaluated at each look, with what the last one carried. */
  const significant = (changes: Partial<EvaluationPlan>) => {
    const definition: Definition = plan(changes, [metric({ type: 'CONTINUOUS' })]);
    let previous: CarriedState | null = null;
    return (arms: readonly ArmSums[], number: number) => {
      const units = arms.map((each) => each.units);
      const versions = [{ version: 1, propensities: [0.9, 0.1], units }];
      const result = evaluate(look(definition, arms, { versions, previous: number === 1 ? null : previous, looksUsed: number - 1 }));
      previous = result.carried;
      return result.comparisons[0]?.significant === true;
    };
  };

  test('is called different by a confidence sequence read 40 times in at most 5% of A/A tests', () => {
    expect(everSaid(significant({}), 40, runs, 41)).toBeLessThanOrEqual(most);
  });

  test('would be called so in far more with the variance of each arm by itself', () => {
    const rho = mixtureRho(0.05, 5000);
    const saysAlone = ([control, green]: readonly ArmSums[]) => {
      const question = { metric: metric({ type: 'CONTINUOUS' }), control: 'control', variant: 'green', isAdaptive: false };
      const pair = estimatePair([control, green] as ArmSums[], question);
      if (!pair?.spread || pair.isTooFew || pair.variantUnits < 100) return false;
      const { effect, controlUnits, variantUnits, spread } = pair;
      const reading = { estimate: effect, standardError: spread.standardError, n: controlUnits + variantUnits };
      return confidenceSequence(reading, 0.05, rho).pValue <= 0.05;
    };
    expect(everSaid(saysAlone, 40, runs, 41)).toBeGreaterThan(most);
  });

  test('is called different by five fixed tests at a fifth of alpha in at most 5%', () => {
    expect(everSaid(significant({ method: 'FREQUENTIST_T_TEST' }), 5, runs, 42)).toBeLessThanOrEqual(most);
  });

  test('breaches a guardrail without tolerance in at most 5%', () => {
    const guardrail = metric({ type: 'CONTINUOUS', role: 'GUARDRAIL', threshold: 0 });
    const definition = plan({}, [metric({ key: 'order' }), guardrail]);
    expect(everSaid((arms) => checkGuardrails(definition, arms)[0]?.breached === true, 40, runs, 43)).toBeLessThanOrEqual(most);
  });

  test('is not read while fewer than ten units of an arm have paid', () => {
    const paid = (units: number): MetricSums => ({
      ...converted(units),
      total: `${40 * units}`,
      sumX: `${40 * units}`,
      sumX2: `${3200 * units}`,
    });
    const arms = [arm('control', 1800, { purchase: paid(90) }), arm('green', 200, { purchase: paid(7) })];
    const versions = [{ version: 1, propensities: [0.9, 0.1], units: [1800, 200] }];
    expect(evaluate(look(plan({}, [metric({ type: 'CONTINUOUS' })]), arms, { versions })).comparisons[0]).toMatchObject({
      controlMean: 2,
      pValue: null,
      unknownReason: 'INSUFFICIENT_SAMPLE',
    });
  });
});
