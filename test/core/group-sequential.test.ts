import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GroupSequentialPlan, groupSequentialBoundaries, groupSequentialPower } from '../../src/core/stats/group-sequential.js';
import { groupSequentialInflation, groupSequentialPValue } from '../../src/core/stats/group-sequential-planning.js';
import { normalQuantile, normalTails } from '../../src/core/stats/normal.js';
import { alphaOfSpent, alphaSpentAt, logSpentPerSide } from '../../src/core/stats/spending.js';

const options = { seed: 20_250_104, numRuns: 60 };
const equal = (looks: number) => Array.from({ length: looks }, (_, k) => (k + 1) / looks);
const spending = fc.constantFrom('OBRIEN_FLEMING' as const, 'POCOCK' as const);
const sides = fc.constantFrom(1 as const, 2 as const);

/** Two to eight looks at unequal information, no step smaller than 1%. */
const information = fc
  .uniqueArray(fc.integer({ min: 5, max: 100 }), { minLength: 2, maxLength: 8 })
  .map((percents) => percents.toSorted((a, b) => a - b).map((percent) => percent / 100));
const plans: fc.Arbitrary<GroupSequentialPlan> = fc.record({
  spending,
  sides,
  information,
  alpha: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
});

describe('group-sequential boundaries', () => {
  test('agree with gsDesign and rpact for five equal looks', () => {
    // gsDesign 3.11 sfLDOF, sfLDPocock; two-sided 0.05.
    const round = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4)));
    const plan = { alpha: 0.05, sides: 2, information: equal(5) } as const;
    expect(round(groupSequentialBoundaries({ ...plan, spending: 'OBRIEN_FLEMING' }).boundaries)).toEqual([
      4.8769, 3.357, 2.6803, 2.2898, 2.031,
    ]);
    expect(round(groupSequentialBoundaries({ ...plan, spending: 'POCOCK' }).boundaries)).toEqual([2.438, 2.4268, 2.4102, 2.3966, 2.386]);
  });

  test('spend exactly what the function gives: without an effect a test stops with that probability', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { powerUpper, powerTwoSided } = groupSequentialPower(plan, 0);
        const spent = alphaSpentAt(plan.spending, plan.alpha, plan.sides, plan.information.at(-1) ?? 1);
        expect(powerTwoSided / spent).toBeCloseTo(1, 10);
        expect((plan.sides * powerUpper) / spent).toBeCloseTo(1, 10);
      }),
      options,
    );
  });

  test('depend on the ratios of information only when spending is planned', () => {
    const planned = { spending: 'POCOCK', alpha: 0.05, sides: 2, spendingFractions: [0.2, 0.5, 1] } as const;
    const late = groupSequentialBoundaries({ ...planned, information: [0.4, 0.6, 1] }).boundaries;
    const early = groupSequentialBoundaries({ ...planned, information: [0.04, 0.06, 0.1] }).boundaries;
    early.forEach((boundary, look) => {
      expect(boundary).toBeCloseTo(late[look] as number, 12);
    });
  });

  test('rise when alpha falls, and reach that of a fixed test when a look is the only one', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const looser = groupSequentialBoundaries(plan).boundaries;
        const stricter = groupSequentialBoundaries({ ...plan, alpha: plan.alpha / 2 }).boundaries;
        stricter.forEach((boundary, look) => {
          expect(boundary).toBeGreaterThan(looser[look] as number);
        });
        const [only] = groupSequentialBoundaries({ ...plan, information: [1] }).boundaries;
        expect(only).toBeCloseTo(normalQuantile(plan.alpha / plan.sides, 'upper'), 12);
      }),
      options,
    );
  });

  test('a look that adds next to nothing hardly moves the others', () => {
    const without = groupSequentialBoundaries({ spending: 'POCOCK', alpha: 0.05, sides: 2, information: [0.5, 1] }).boundaries;
    const doubled = groupSequentialBoundaries({ spending: 'POCOCK', alpha: 0.05, sides: 2, information: [0.5, 0.5 + 1e-6, 1] }).boundaries;
    expect(doubled[0]).toBe(without[0]);
    expect(doubled[2]).toBeCloseTo(without[1] as number, 4);
  });

  test('500 looks, the first of which may spend less than any double, stay numbers and fall', () => {
    const { boundaries, nominalPValues } = groupSequentialBoundaries({
      spending: 'OBRIEN_FLEMING',
      alpha: 0.05,
      sides: 2,
      information: equal(500),
    });
    // The first is closed form: P(Z > z) = 2 P(Z > z_{alpha / 4} sqrt(500)), some 1e-545.
    expect(boundaries[0]).toBeCloseTo(50.105462, 6);
    expect(nominalPValues[0]).toBe(0);
    boundaries.forEach((boundary, look) => {
      expect(boundary).toBeLessThan(look === 0 ? Number.POSITIVE_INFINITY : (boundaries[look - 1] as number));
    });
    // Continuous monitoring with this function ends near 2.24 (the reflection principle gives z_{alpha / 4}).
    expect(boundaries.at(-1)).toBeLessThan(normalQuantile(0.05 / 4, 'upper'));
    expect(boundaries.at(-1)).toBeGreaterThan(2.2);
  });

  test('the inverse of spending is its inverse', () => {
    fc.assert(
      fc.property(
        spending,
        sides,
        fc.double({ min: 1e-12, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        (name, side, alpha, t) => {
          expect(alphaOfSpent(name, logSpentPerSide(name, alpha, side, t / 100), side, t / 100) / alpha).toBeCloseTo(1, 9);
        },
      ),
      options,
    );
  });
});

describe('group-sequential p-values', () => {
  test('are alpha for a statistic at its boundary, below alpha exactly when it has crossed', () => {
    fc.assert(
      fc.property(plans, fc.double({ min: 0.5, max: 0.99, noNaN: true }), fc.nat(), (plan, share, pick) => {
        const { boundaries } = groupSequentialBoundaries(plan);
        const at = pick % boundaries.length;
        const upTo = { ...plan, information: plan.information.slice(0, at + 1) };
        const inside = boundaries.slice(0, at).map((boundary) => Math.min(boundary - 0.05, share * boundary));
        const boundary = boundaries[at] as number;
        expect(groupSequentialPValue([...inside, boundary], upTo) / plan.alpha).toBeCloseTo(1, 7);
        expect(groupSequentialPValue([...inside, boundary + 0.01], upTo)).toBeLessThan(plan.alpha);
        expect(groupSequentialPValue([...inside, boundary - 0.01], upTo)).toBeGreaterThan(plan.alpha);
      }),
      { ...options, numRuns: 25 },
    );
  });

  test('never rise from look to look, and are never below the fixed p-value of the best look', () => {
    const z = fc.array(fc.double({ min: -4, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(spending, sides, z, (name, side, statistics) => {
        const information = [0.2, 0.5, 0.6, 1];
        const pValues = statistics.map((_, look) =>
          groupSequentialPValue(statistics.slice(0, look + 1), {
            spending: name,
            sides: side,
            information: information.slice(0, look + 1),
          }),
        );
        const fixed = statistics.map((value) => side * normalTails(side === 2 ? Math.abs(value) : value).upper);
        pValues.forEach((pValue, look) => {
          expect(pValue).toBeLessThanOrEqual((pValues[look - 1] ?? 1) * (1 + 1e-8));
          expect(pValue).toBeGreaterThanOrEqual(Math.min(...fixed.slice(0, look + 1)) * (1 - 1e-8));
        });
      }),
      { ...options, numRuns: 25 },
    );
  });

  test('two-sided ones do not see the sign', () => {
    const plan = { spending: 'OBRIEN_FLEMING', sides: 2, information: [0.3, 0.7] } as const;
    expect(groupSequentialPValue([1, -2.6], plan)).toBe(groupSequentialPValue([-1, 2.6], plan));
  });

  test('beyond any double they are 0, and 1 where no alpha would do', () => {
    const plan = { spending: 'POCOCK', sides: 2, information: [0.5, 1] } as const;
    expect(groupSequentialPValue([0, 60], plan)).toBeLessThan(1e-300);
    expect(groupSequentialPValue([0, 0], plan)).toBe(1);
  });
});

describe('group-sequential power', () => {
  test('rises with the drift; stopping probabilities and information are what they must be at the ends', () => {
    fc.assert(
      fc.property(plans, fc.double({ min: 0, max: 4, noNaN: true }), (plan, drift) => {
        const here = groupSequentialPower(plan, drift);
        const further = groupSequentialPower(plan, drift + 0.5);
        expect(further.powerUpper).toBeGreaterThan(here.powerUpper);
        expect(further.expectedInformation).toBeLessThanOrEqual((plan.information.at(-1) ?? 1) + 1e-12);
        expect(groupSequentialPower(plan, 1000).expectedInformation).toBeCloseTo(plan.information[0] as number, 9);
      }),
      { ...options, numRuns: 25 },
    );
  });

  test('the inflated drift has the power; one look costs nothing', () => {
    fc.assert(
      fc.property(plans, fc.double({ min: 0.5, max: 0.99, noNaN: true }), (plan, power) => {
        const { drift, inflation } = groupSequentialInflation(
          { ...plan, information: [...plan.information.filter((t) => t < 1), 1] },
          power,
        );
        const full = { ...plan, information: [...plan.information.filter((t) => t < 1), 1] };
        expect(groupSequentialPower(full, drift).powerUpper).toBeCloseTo(power, 11);
        expect(inflation).toBeGreaterThanOrEqual(1 - 1e-9);
      }),
      { ...options, numRuns: 25 },
    );
    expect(groupSequentialInflation({ spending: 'POCOCK', alpha: 0.05, sides: 1, information: [1] }, 0.8).inflation).toBeCloseTo(1, 11);
  });
});
