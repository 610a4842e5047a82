import { describe, expect, test } from 'vitest';
import { type ArmSums, type Comparison, evaluate, type MetricSums, type SegmentSums } from '../../src/core/evaluation.js';
import type { Definition, MetricDefinition } from '../../src/core/experiment.js';
import { differenceInside, differenceOf, welch } from '../plain/comparisons.js';
import { draws, look, metric, plan } from './totals.js';

interface Unit {
  readonly region: string;
  readonly x: number;
}

const value = ({ x }: Unit) => x;

function sumsOf(units: readonly Unit[]): MetricSums {
  const sum = units.reduce((total, { x }) => total + x, 0);
  const active = units.filter(({ x }) => x !== 0).length;
  return { units: active, events: active, total: `${sum}`, sumX: `${sum}`, sumX2: `${units.reduce((total, { x }) => total + x * x, 0)}` };
}

const cell = (variant: string, units: readonly Unit[], period = 1): ArmSums => ({
  variant,
  period,
  units: units.length,
  metrics: { purchase: sumsOf(units) },
});

type Arms = Readonly<Record<string, readonly Unit[]>>;

const armsOf = (arms: Arms, isIn = (_: Unit) => true) => Object.entries(arms).map(([variant, units]) => cell(variant, units.filter(isIn)));

function segmentsOf(arms: Arms, listed: readonly string[]): readonly SegmentSums[] {
  return listed.map((name) => ({ attribute: 'region', value: name, arms: armsOf(arms, ({ region }) => region === name) }));
}

const fixed = (changes: Partial<MetricDefinition> = {}, variants?: string[]): Definition =>
  plan(
    { method: 'FREQUENTIST_T_TEST', maxPeeks: 1, segments: ['region', 'device'] },
    [metric({ type: 'CONTINUOUS', ...changes })],
    variants,
  );

function compared(arms: Arms, segments: readonly SegmentSums[], definition = fixed({}, Object.keys(arms))): Comparison {
  return evaluate(look(definition, armsOf(arms), { segments })).comparisons[0] as Comparison;
}

/** So many units of each region, whose values differ between regions by far more than within. */
function unitsOf(seed: number, counts: Readonly<Record<string, number>>, lift = 0): readonly Unit[] {
  const next = draws(seed);
  const levels: Readonly<Record<string, number>> = { DE: 10, US: 40, FR: 90, '': 20 };
  return Object.entries(counts).flatMap(([region, count]) =>
    Array.from({ length: count }, () => ({ region, x: (levels[region] ?? 0) + lift + Math.floor(8 * next()) })),
  );
}

const stratum = (arms: Arms, isIn: (unit: Unit) => boolean) => ({
  control: (arms.control ?? []).filter(isIn).map(value),
  variant: (arms.green ?? []).filter(isIn).map(value),
  weight: Object.values(arms).flat().filter(isIn).length,
});

describe('units are compared inside registered segments', () => {
  const arms: Arms = {
    control: unitsOf(1, { DE: 300, US: 200, FR: 40, '': 30 }),
    green: unitsOf(2, { DE: 260, US: 260, FR: 30, '': 45 }, 1),
    blue: unitsOf(3, { DE: 310, US: 190, FR: 20, '': 20 }),
  };
  const listed = ['DE', 'US', 'FR', ''];

  test('with the shares of all units as weights, those too small to stand alone with the smallest that does', () => {
    const comparison = compared(arms, segmentsOf(arms, listed));
    const strata = [stratum(arms, ({ region }) => region === 'DE'), stratum(arms, ({ region }) => region !== 'DE')];
    const expected = differenceInside(strata);
    expect(comparison.effect).toBeCloseTo(expected.effect, 10);
    expect(comparison.standardError).toBeCloseTo(expected.standardError, 10);
    expect(comparison.controlMean).toBeCloseTo(expected.controlMean, 10);
    expect(comparison.pValue).toBeCloseTo(welch(expected), 10);
    expect(comparison).toMatchObject({ controlUnits: 570, variantUnits: 595 });
  });

  test('and those together where they can', () => {
    const more = {
      ...arms,
      control: [...(arms.control ?? []), ...unitsOf(4, { FR: 60 })],
      green: [...(arms.green ?? []), ...unitsOf(5, { FR: 60 })],
    };
    const strata = ['DE', 'US', 'rest'].map((name) =>
      stratum(more, ({ region }) => (['DE', 'US'].includes(region) ? region : 'rest') === name),
    );
    const expected = differenceInside(strata);
    expect(compared(more, segmentsOf(more, listed)).standardError).toBeCloseTo(expected.standardError, 10);
    // Of an attribute with many values only the largest are listed; the others are told by what is left.
    expect(compared(more, segmentsOf(more, ['DE', 'US'])).standardError).toBeCloseTo(expected.standardError, 10);
  });

  test('so that an arm which happened to get more of the rich is no better', () => {
    const lucky = { control: unitsOf(6, { DE: 1100, US: 900 }), green: unitsOf(7, { DE: 900, US: 1100 }) };
    expect(compared(lucky, []).outcome).toBe('BETTER');
    const comparison = compared(lucky, segmentsOf(lucky, ['DE', 'US']));
    expect(comparison.significant).toBe(false);
    expect(comparison.standardError ?? 1).toBeLessThan(0.2 * differenceOf(lucky.control.map(value), lucky.green.map(value)).standardError);
  });

  test('of the first attribute alone', () => {
    const others = segmentsOf(arms, listed).map((segment) => ({ ...segment, attribute: 'device' }));
    expect(compared(arms, others)).toEqual(compared(arms, []));
  });

  test('but a ratio, for the ratio of all is no mean of theirs', () => {
    const second = { sumY: '600', sumY2: '700', sumXY: '12000' };
    const withVisits = (list: readonly ArmSums[]) =>
      list.map((own) => ({ ...own, metrics: { purchase: { ...(own.metrics.purchase as MetricSums), second } } }));
    const ratio = fixed({ type: 'RATIO', denominator: 'visit' }, Object.keys(arms));
    const judged = (segments: readonly SegmentSums[]) => evaluate(look(ratio, withVisits(armsOf(arms)), { segments })).comparisons;
    expect(judged(segmentsOf(arms, listed).map((each) => ({ ...each, arms: withVisits(each.arms) })))).toEqual(judged([]));
  });

  test('but under weights that moved, where periods are what units are compared inside', () => {
    const [early, late] = [arms, { ...arms, green: unitsOf(8, { DE: 400, US: 200 }) }];
    const twice = (isIn?: (unit: Unit) => boolean) => [...armsOf(early, isIn), ...armsOf(late, isIn).map((own) => ({ ...own, period: 2 }))];
    const segments = listed.map((name) => ({ attribute: 'region', value: name, arms: twice(({ region }) => region === name) }));
    const definition = fixed({}, Object.keys(arms));
    const judged = (own: readonly SegmentSums[]) => evaluate(look(definition, twice(), { segments: own, versions: [] })).comparisons;
    expect(judged(segments)).toEqual(judged([]));
    const bandit = { ...definition, design: 'BANDIT' as const };
    const banditJudged = (own: readonly SegmentSums[]) => evaluate(look(bandit, armsOf(arms), { segments: own })).comparisons;
    expect(banditJudged(segmentsOf(arms, listed))).toEqual(banditJudged([]));
  });

  test('and more units in segments than there are is INVALID_DATA', () => {
    const doubled = [...segmentsOf(arms, ['DE']), ...segmentsOf(arms, ['DE', 'US'])];
    expect(compared(arms, doubled)).toMatchObject({ effect: null, unknownReason: 'INVALID_DATA' });
  });

  test('with an error that keeps its promise', () => {
    const runs = 1_000;
    let found = 0;
    for (let run = 0; run < runs; run++) {
      const next = draws(1_000 + run);
      // Regions fall to the arms by chance too, and one of two effects that cancel out is in each.
      const unit = (sign: number): Unit => {
        const region = next() < 0.5 ? 'DE' : 'US';
        return { region, x: (region === 'DE' ? 10 + 2 * sign : 40 - 2 * sign) + Math.floor(20 * next()) };
      };
      const drawn = { control: Array.from({ length: 300 }, () => unit(0)), green: Array.from({ length: 300 }, () => unit(1)) };
      if (compared(drawn, segmentsOf(drawn, ['DE', 'US'])).significant) found += 1;
    }
    // 5% of 1,000, within 3.29 standard deviations of a binomial (6.9).
    expect(Math.abs(found / runs - 0.05)).toBeLessThan(0.0227);
  });
});
