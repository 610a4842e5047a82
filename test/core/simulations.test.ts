import { describe, expect, test } from 'vitest';
import { nextWeights } from '../../src/core/bandit.js';
import { type ArmSums, type CarriedState, evaluate, type VersionUnits } from '../../src/core/evaluation.js';
import { checkSampleRatio } from '../../src/core/evaluation-srm.js';
import type { Definition } from '../../src/core/experiment.js';
import { checkGuardrails } from '../../src/core/guardrail.js';
import { arm, binomial, converted, draws, errorGuardrail, look, metric, plan } from './totals.js';

/**
 * Promised error rates, seen in the production rules by seeded simulation. A bound is the promise plus what chance may add:
 * 3.29 sqrt(p (1 - p) / runs), passed by luck once in a thousand seeds (and these seeds are fixed).
 */
function most(promise: number, runs: number): number {
  return promise + 3.29 * Math.sqrt((promise * (1 - promise)) / runs);
}

/** Units of a growing arm and those that converted. */
interface Growing {
  units: number;
  conversions: number;
}

function grow(next: () => number, growing: Growing, units: number, rate: number): void {
  growing.units += units;
  growing.conversions += binomial(next, units, rate);
}

/** Share of runs in which an A/B test with these rates ever says SHIP or "worse" over its looks. */
function everSignificant(
  definition: Definition,
  rates: readonly [number, number],
  looks: number,
  unitsALook: number,
  runs: number,
  seed: number,
): number {
  const next = draws(seed);
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const control: Growing = { units: 0, conversions: 0 };
    const green: Growing = { units: 0, conversions: 0 };
    let previous: CarriedState | null = null;
    for (let k = 0; k < looks; k++) {
      grow(next, control, unitsALook, rates[0]);
      grow(next, green, unitsALook, rates[1]);
      const arms = [arm('control', control.units, control.conversions), arm('green', green.units, green.conversions)];
      const result = evaluate(look(definition, arms, { previous, looksUsed: k }));
      previous = result.carried;
      if (result.comparisons[0]?.significant) {
        found += 1;
        break;
      }
    }
  }
  return found / runs;
}

describe('false alarms and power', () => {
  test('a confidence sequence read 40 times calls at most 5% of A/A tests, and does call some', () => {
    const rate = everSignificant(plan(), [0.1, 0.1], 40, 250, 1000, 11);
    expect(rate).toBeLessThanOrEqual(most(0.05, 1000));
    expect(rate).toBeGreaterThan(0.002);
  });

  test('the split design holds 5% over 20 looks and has 0.77 power where a fixed test has 0.80', () => {
    const split = plan({ horizonUnits: 20_000 });
    expect(everSignificant(split, [0.1, 0.1], 20, 500, 1000, 12)).toBeLessThanOrEqual(most(0.05, 1000));
    // 10,000 an arm, rates 0.1 and 0.1121: drift 2.80, the effect that a fixed test at 0.05 finds with 0.80.
    const power = everSignificant(split, [0.1, 0.11211], 20, 500, 600, 13);
    expect(Math.abs(power - 0.772)).toBeLessThan(3.29 * Math.sqrt((0.772 * 0.228) / 600));
  });

  test('alpha / maxPeeks holds 5% over all five looks', () => {
    expect(everSignificant(plan({ method: 'FREQUENTIST_T_TEST' }), [0.1, 0.1], 5, 1000, 2000, 14)).toBeLessThanOrEqual(most(0.05, 2000));
  });

  test('a guardrail read 60 times at exactly its threshold of harm alarms in at most 5% of runs, and finds real harm soon', () => {
    const definition = plan({}, [metric(), errorGuardrail]);
    const everBreached = (harm: number, runs: number, looks: number, seed: number) => {
      const next = draws(seed);
      let breached = 0;
      for (let run = 0; run < runs; run++) {
        const control: Growing = { units: 0, conversions: 0 };
        const green: Growing = { units: 0, conversions: 0 };
        for (let k = 0; k < looks; k++) {
          grow(next, control, 100, 0.02);
          grow(next, green, 100, 0.02 + harm);
          const arms = [
            arm('control', control.units, { error: converted(control.conversions) }),
            arm('green', green.units, { error: converted(green.conversions) }),
          ];
          if (checkGuardrails(definition, arms)[0]?.breached) {
            breached += 1;
            break;
          }
        }
      }
      return breached / runs;
    };
    expect(everBreached(0.02, 800, 60, 15)).toBeLessThanOrEqual(most(0.05, 800));
    expect(everBreached(0.08, 200, 10, 16)).toBeGreaterThan(0.95);
  });

  test('the sample ratio test alarms in at most 1% of sound experiments over 28 days, and finds a loss of a point', () => {
    const everFailed = (share: number, runs: number, seed: number) => {
      const next = draws(seed);
      let failed = 0;
      for (let run = 0; run < runs; run++) {
        let [first, total, carried] = [0, 0, null as number | null];
        for (let day = 0; day < 28; day++) {
          total += 10_000;
          first += binomial(next, 10_000, share);
          const version: VersionUnits = { version: 1, propensities: [0.5, 0.5], units: [first, total - first] };
          carried = checkSampleRatio(['control', 'green'], [version], carried).carriedPValue;
        }
        if (carried !== null && carried < 0.01) failed += 1;
      }
      return failed / runs;
    };
    expect(everFailed(0.5, 1500, 17)).toBeLessThanOrEqual(most(0.01, 1500));
    expect(everFailed(0.49, 100, 18)).toBeGreaterThan(0.97);
  });
});

test('a bandit under a drifting base rate fakes an effect in at most 5% of A/A runs', () => {
  // 20 periods of 1,000 units, both rates rising from 3% to 9%, weights by the bandit itself. 1,000 runs gave 0.044; the same totals taken
  // as one period show that the harness can see the fault.
  const runs = 100;
  const next = draws(19);
  const settings = {
    intervalSeconds: 60,
    minWeight: 0.05,
    maxWeight: 0.95,
    smoothing: 0.3,
    minUnitsPerArm: 100,
    burnInSeconds: 0,
    explorationDecay: 0.5,
  };
  const definition: Definition = { ...plan(), design: 'BANDIT' };
  let found = 0;
  let foundPooled = 0;
  for (let run = 0; run < runs; run++) {
    const arms: ArmSums[] = [];
    const versions: VersionUnits[] = [];
    let weights: readonly number[] = [0.5, 0.5];
    let previous: CarriedState | null = null;
    let isFound = false;
    for (let period = 1; period <= 20; period++) {
      const rate = 0.03 + (0.06 * (period - 1)) / 19;
      const units = weights.map((weight) => Math.round(1000 * weight));
      versions.push({ version: period, propensities: weights, units });
      units.forEach((count, index) => {
        arms.push(arm(index === 0 ? 'control' : 'green', count, binomial(next, count, rate), period));
      });
      const result = evaluate(look(definition, arms, { versions, previous }));
      previous = result.carried;
      isFound ||= result.comparisons[0]?.significant === true;
      const step = nextWeights({
        settings,
        metric: metric(),
        variants: ['control', 'green'],
        arms,
        previousWeights: weights,
        updates: period,
      });
      if (step.kind === 'move') weights = step.weights;
    }
    if (isFound) found += 1;
    const pooled = evaluate(
      look(
        plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1 }),
        arms.map((cell) => ({ ...cell, period: 1 })),
        { versions },
      ),
    );
    if (pooled.comparisons[0]?.significant) foundPooled += 1;
  }
  expect(found / runs).toBeLessThanOrEqual(most(0.05, runs));
  expect(foundPooled / runs).toBeGreaterThan(0.5);
});
