import { describe, expect, test } from 'vitest';
import { type ArmSums, type Comparison, evaluate, type MetricSums } from '../../src/core/evaluation.js';
import type { EvaluationPlan, MetricDefinition } from '../../src/core/experiment.js';
import { clusterDifference } from '../../src/core/stats/clusters.js';
import { covariateAdjustment, cupedDifference } from '../../src/core/stats/cuped.js';
import { sampleMoments } from '../../src/core/stats/moments.js';
import { ratioDifference } from '../../src/core/stats/ratio.js';
import { draws, look, metric, plan } from './totals.js';

interface Unit {
  readonly x: number;
  readonly y: number;
}

/** Whole values, so that sums are exact. */
function unitsOf(seed: number, count: number, value: (next: () => number) => Unit): readonly Unit[] {
  const next = draws(seed);
  return Array.from({ length: count }, () => value(next));
}

function sumsOf(units: readonly Unit[]): MetricSums {
  const sum = (of: (unit: Unit) => number) => `${units.reduce((total, unit) => total + of(unit), 0)}`;
  const active = units.filter(({ x }) => x !== 0).length;
  return {
    units: active,
    events: active,
    total: sum(({ x }) => x),
    sumX: sum(({ x }) => x),
    sumX2: sum(({ x }) => x * x),
    second: { sumY: sum(({ y }) => y), sumY2: sum(({ y }) => y * y), sumXY: sum(({ x, y }) => x * y) },
  };
}

const cell = (variant: string, units: readonly Unit[], period = 1): ArmSums => ({
  variant,
  period,
  units: units.length,
  metrics: { purchase: sumsOf(units) },
});

function moments(units: readonly Unit[]) {
  const [x, y] = [sampleMoments(units.map((unit) => unit.x)), sampleMoments(units.map((unit) => unit.y))];
  const covariance = units.reduce((sum, unit) => sum + (unit.x - x.mean) * (unit.y - y.mean), 0) / (units.length - 1);
  return { x, y, covariance };
}

const fixed: Partial<EvaluationPlan> = { method: 'FREQUENTIST_T_TEST', maxPeeks: 1, minSampleSize: 2 };

function compared(
  changes: Partial<MetricDefinition>,
  arms: readonly ArmSums[],
  evaluation: Partial<EvaluationPlan> = fixed,
): readonly Comparison[] {
  const variants = ['control', 'green', 'blue'].filter((key) => arms.some(({ variant }) => variant === key));
  return evaluate(look(plan(evaluation, [metric(changes)], variants), arms, { versions: [] })).comparisons;
}

describe('a RATIO', () => {
  const visits = (lift: number) => (next: () => number) => {
    const y = Math.floor(next() * 6);
    return { x: Math.min(y, Math.floor(y * (0.4 + lift + 0.4 * (next() - 0.5)) + next())), y };
  };
  const control = unitsOf(1, 400, visits(0));
  const green = unitsOf(2, 300, visits(0.05));

  test('is compared by the delta method on units, with their degrees of freedom', () => {
    const [comparison] = compared({ type: 'RATIO', denominator: 'visit' }, [cell('control', control), cell('green', green)]) as [
      Comparison,
    ];
    const arm = (units: readonly Unit[]) => {
      const { x, y, covariance } = moments(units);
      return {
        n: units.length,
        meanNumerator: x.mean,
        meanDenominator: y.mean,
        varianceNumerator: x.variance,
        varianceDenominator: y.variance,
        covariance,
      };
    };
    const expected = ratioDifference(arm(control), arm(green), 0.95);
    expect(comparison.effect).toBeCloseTo(expected.difference, 12);
    expect(comparison.standardError).toBeCloseTo(expected.standardError, 12);
    expect(comparison.pValue).toBeCloseTo(expected.pTwoSided, 10);
    expect(comparison.interval?.upper).toBeCloseTo(expected.upper, 10);
    expect(comparison.lift).toBeCloseTo(expected.lift?.lift ?? 0, 12);
    expect(comparison.controlMean).toBeCloseTo(expected.controlRatio.value, 14);
  });

  test('over several periods is compared inside each', () => {
    // A quarter in both arms early on, three quarters later, while units move over: nothing between the arms.
    const early = unitsOf(3, 900, () => ({ x: 1, y: 4 })).map((unit, i) => (i % 2 ? { x: 2, y: 8 } : { ...unit, x: i % 4 ? 2 : 0 }));
    const late = early.map(({ x, y }) => ({ x: y - x, y }));
    const arms = [
      cell('control', early, 1),
      cell('green', early.slice(0, 100), 1),
      cell('control', late.slice(0, 100), 2),
      cell('green', late, 2),
    ];
    const versions = [
      { version: 1, propensities: [0.9, 0.1], units: [900, 100] },
      { version: 2, propensities: [0.1, 0.9], units: [100, 900] },
    ];
    const definition = plan({}, [metric({ type: 'RATIO', denominator: 'visit' })]);
    const [comparison] = evaluate(look(definition, arms, { versions })).comparisons as [Comparison];
    expect(comparison.effect).toBeCloseTo(0, 12);
    expect(comparison.significant).toBe(false);
    const [pooled] = compared({ type: 'RATIO', denominator: 'visit' }, [
      cell('control', [...early, ...late.slice(0, 100)]),
      cell('green', [...early.slice(0, 100), ...late]),
    ]) as [Comparison];
    expect(pooled.significant).toBe(true);
  });

  test('has no number where nothing is below the line, and none to trust where there is next to nothing', () => {
    const none = unitsOf(4, 200, () => ({ x: 1, y: 0 }));
    const ratio = { type: 'RATIO', denominator: 'visit' } as const;
    expect(compared(ratio, [cell('control', control), cell('green', none)])[0]).toMatchObject({
      effect: null,
      unknownReason: 'ZERO_BASELINE',
    });
    const few = none.map((unit, i) => ({ ...unit, y: i < 15 ? 1 : 0 }));
    expect(compared(ratio, [cell('control', control), cell('green', few)])[0]).toMatchObject({
      variantMean: 200 / 15,
      pValue: null,
      unknownReason: 'INSUFFICIENT_SAMPLE',
    });
  });

  test('that is the same for every unit does not vary, exactly', () => {
    const alike = (seed: number) =>
      unitsOf(seed, 300, (next) => ({ x: 3 * Math.floor(next() * 50), y: 7 * Math.floor(next() * 50) })).map(({ y }) => ({
        x: (3 * y) / 7,
        y,
      }));
    const [comparison] = compared({ type: 'RATIO', denominator: 'visit' }, [cell('control', alike(5)), cell('green', alike(6))]) as [
      Comparison,
    ];
    expect(comparison).toMatchObject({ effect: 0, standardError: null, unknownReason: 'ZERO_VARIANCE' });
  });

  test('of clusters is the unit-average effect, cluster-robust, with as many degrees of freedom as clusters allow', () => {
    const tenants = (seed: number, level: number) =>
      unitsOf(seed, 9, (next) => {
        const y = 5 + Math.floor(next() * 60);
        return { x: Math.round(y * (level + 2 * next())), y };
      });
    const [control, green] = [tenants(7, 3), tenants(8, 4)];
    const definition = { ...plan(fixed, [metric({ type: 'RATIO', denominator: 'user' })]), design: 'CLUSTER' as const };
    const result = evaluate(look(definition, [cell('control', control), cell('green', green)])).comparisons[0] as Comparison;
    const totals = (units: readonly Unit[]) => units.map(({ x, y }) => ({ size: y, total: x }));
    const { unitAverage } = clusterDifference(totals(control), totals(green), 0.95);
    expect(unitAverage.degreesOfFreedom).toBeLessThan(17);
    expect(result.effect).toBeCloseTo(unitAverage.difference, 12);
    expect(result.standardError).toBeCloseTo(unitAverage.standardError, 12);
    expect(result.pValue).toBeCloseTo(unitAverage.pTwoSided, 10);
    expect(result.interval?.lower).toBeCloseTo(unitAverage.lower, 9);
  });
});

describe('CUPED', () => {
  const value = (lift: number) => (next: () => number) => {
    const y = Math.floor(20 * next());
    return { x: y + lift + Math.floor(8 * next()), y };
  };
  const arms = { control: unitsOf(11, 300, value(0)), green: unitsOf(12, 250, value(1)), blue: unitsOf(13, 200, value(0)) };
  const of = (units: readonly Unit[]) => {
    const { x, y, covariance } = moments(units);
    return { n: units.length, meanY: x.mean, varianceY: x.variance, meanX: y.mean, varianceX: y.variance, covariance };
  };
  const cells = Object.entries(arms).map(([variant, units]) => cell(variant, units));

  test('adjusts all arms by one slope and one mean, so that levels stay readable', () => {
    const comparisons = compared({ type: 'CONTINUOUS', cuped: true }, cells);
    const adjustment = covariateAdjustment(Object.values(arms).map(of));
    for (const [i, variant] of (['green', 'blue'] as const).entries()) {
      const expected = cupedDifference(of(arms.control), of(arms[variant]), 0.95, adjustment);
      const comparison = comparisons[i] as Comparison;
      expect(comparison.effect).toBeCloseTo(expected.difference, 10);
      expect(comparison.standardError).toBeCloseTo(expected.standardError, 10);
      expect(comparison.pValue).toBeCloseTo(expected.pTwoSided, 10);
      expect(comparison.controlMean).toBeCloseTo(expected.adjustedControl.mean, 10);
      expect(comparison.variantMean).toBeCloseTo(expected.adjustedTreatment.mean, 10);
    }
    const [plain] = compared({ type: 'CONTINUOUS' }, cells) as [Comparison];
    expect((comparisons[0]?.standardError ?? 1) / (plain.standardError ?? 1)).toBeLessThan(0.6);
  });

  test('over several periods adjusts inside each, by the same slope', () => {
    const later = { control: unitsOf(14, 200, value(30)), green: unitsOf(15, 400, value(31)) };
    const two = [
      cell('control', arms.control),
      cell('green', arms.green),
      cell('control', later.control, 2),
      cell('green', later.green, 2),
    ];
    const [comparison] = compared({ type: 'CONTINUOUS', cuped: true }, two) as [Comparison];
    const each = [arms.control, arms.green, later.control, later.green].map(of);
    const { theta } = covariateAdjustment(each);
    const difference = (control: readonly Unit[], green: readonly Unit[]) => {
      const [c, t] = [of(control), of(green)];
      return t.meanY - c.meanY - theta * (t.meanX - c.meanX);
    };
    const expected = (550 * difference(arms.control, arms.green) + 600 * difference(later.control, later.green)) / 1150;
    expect(comparison.effect).toBeCloseTo(expected, 10);
    const all = [...arms.control, ...arms.green, ...later.control, ...later.green];
    const meanBefore = all.reduce((sum, { y }) => sum + y, 0) / all.length;
    const level = (control: readonly Unit[]) => of(control).meanY - theta * (of(control).meanX - meanBefore);
    expect(comparison.controlMean).toBeCloseTo((550 * level(arms.control) + 600 * level(later.control)) / 1150, 10);
  });

  test('leaves values alone that nothing before explains, and conversions conversions', () => {
    const flat = cells.map((arm) => ({
      ...arm,
      metrics: { purchase: { ...(arm.metrics.purchase as MetricSums), second: { sumY: '0', sumY2: '0', sumXY: '0' } } },
    }));
    expect(compared({ type: 'CONTINUOUS', cuped: true }, flat)).toEqual(compared({ type: 'CONTINUOUS' }, cells));
    const buyers = (seed: number) => unitsOf(seed, 2000, (next) => ({ x: next() < 0.1 ? 1 : 0, y: next() < 0.1 ? 1 : 0 }));
    const [adjusted] = compared({ cuped: true }, [cell('control', buyers(16)), cell('green', buyers(17))]) as [Comparison];
    expect(adjusted.controlMean).toBeCloseTo(0.1, 1);
    const rare = (seed: number) => buyers(seed).map((unit, i) => ({ ...unit, x: i < 4 ? 1 : 0 }));
    expect(compared({ cuped: true }, [cell('control', rare(16)), cell('green', rare(17))])[0]?.unknownReason).toBe('INSUFFICIENT_SAMPLE');
  });

  test('that explains everything leaves nothing that varies', () => {
    const same = (seed: number) => unitsOf(seed, 300, (next) => ({ x: 0, y: Math.floor(900 * next()) })).map(({ y }) => ({ x: y, y }));
    expect(compared({ type: 'CONTINUOUS', cuped: true }, [cell('control', same(18)), cell('green', same(19))])[0]?.unknownReason).toBe(
      'ZERO_VARIANCE',
    );
  });

  test('with products that no units can have is INVALID_DATA, in every arm that shares the slope', () => {
    const [control, green, blue] = cells as [ArmSums, ArmSums, ArmSums];
    const sums = blue.metrics.purchase as MetricSums;
    const broken = { ...blue, metrics: { purchase: { ...sums, second: { sumY: '0', sumY2: '1', sumXY: '1000000' } } } };
    for (const comparison of compared({ type: 'CONTINUOUS', cuped: true }, [control, green, broken])) {
      expect(comparison).toMatchObject({ effect: null, unknownReason: 'INVALID_DATA' });
    }
  });
});

test('a mean that rests on a handful of events is INSUFFICIENT_SAMPLE', () => {
  const payers = (count: number) => Array.from({ length: 1000 }, (_, i) => ({ x: i < count ? 50 + i : 0, y: 0 }));
  expect(compared({ type: 'CONTINUOUS' }, [cell('control', payers(8)), cell('green', payers(12))])[0]).toMatchObject({
    effect: expect.any(Number),
    pValue: null,
    unknownReason: 'INSUFFICIENT_SAMPLE',
  });
  expect(compared({ type: 'CONTINUOUS' }, [cell('control', payers(40)), cell('green', payers(4))])[0]?.outcome).toBe('WORSE');
});
