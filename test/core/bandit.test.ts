import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areBoundsFeasible, type BanditInput, type BanditStep, boundsFor, nextWeights } from '../../src/core/bandit.js';
import type { MetricSums } from '../../src/core/evaluation.js';
import { arm, metric } from './totals.js';

const settings = {
  intervalSeconds: 5,
  minWeight: 0.05,
  maxWeight: 0.9,
  smoothing: 0,
  minUnitsPerArm: 100,
  burnInSeconds: 0,
  explorationDecay: 0.5,
};
const clear = [arm('a', 1000, 300), arm('b', 1000, 80)];

function step(changes: Partial<BanditInput> = {}): BanditStep {
  return nextWeights({
    settings,
    metric: metric(),
    variants: ['a', 'b'],
    arms: clear,
    previousWeights: [0.5, 0.5],
    updates: 1,
    ...changes,
  });
}

function weightsOf(result: BanditStep): readonly number[] {
  if (result.kind !== 'move') throw new Error(`no move: ${JSON.stringify(result)}`);
  return result.weights;
}

function spent(units: number, total: number, squares: number): { readonly purchase: MetricSums } {
  return { purchase: { units, events: units, total: `${total}`, sumX: `${total}`, sumX2: `${squares}` } };
}

describe('weights', () => {
  test('a clear winner has its cap within three updates without smoothing, and soon with it', () => {
    let weights: readonly number[] = [0.5, 0.5];
    for (let updates = 1; updates <= 3; updates++) {
      const result = step({ previousWeights: weights, updates });
      if (result.kind === 'move') weights = result.weights;
    }
    expect(weights[0]).toBeCloseTo(0.9, 9);
    // Smoothing 0.3 leaves 0.3^k of the way: after four updates less than the half percent that no tick saves.
    weights = [0.5, 0.5];
    for (let updates = 1; updates <= 5; updates++) {
      const result = step({ settings: { ...settings, smoothing: 0.3 }, previousWeights: weights, updates });
      if (result.kind === 'move') weights = result.weights;
    }
    expect(weights[0]).toBeGreaterThan(0.89);
  });

  test('are the probabilities of being best, explored by e = 0.1 (1 - decay)^k', () => {
    // beta_posterior-01 of the vectors: 50 and 65 of 1,000 give 0.0755 and 0.9245; e = 0.05.
    const result = step({ arms: [arm('a', 1000, 50), arm('b', 1000, 65)], settings: { ...settings, minWeight: 0, maxWeight: 1 } });
    const target = 0.95 * 0.07551962109742609 + 0.025;
    expect(weightsOf(result)[0]).toBeCloseTo(target, 9);
    expect(result).toMatchObject({ kind: 'move' });
    const last = step({
      arms: [arm('a', 1000, 50), arm('b', 1000, 65)],
      settings: { ...settings, minWeight: 0, maxWeight: 1, explorationDecay: 1 },
    });
    expect(weightsOf(last)[0]).toBeCloseTo(0.07551962109742609, 9);
  });

  test('follow the least rate when the metric should fall', () => {
    expect(weightsOf(step({ metric: metric({ direction: 'DECREASE' }) }))[1]).toBeCloseTo(0.9, 9);
  });

  test('follow the mean of amounts with a normal posterior', () => {
    const amounts = [arm('a', 1000, spent(200, 500, 4000)), arm('b', 1000, spent(200, 800, 9000))];
    const continuous = metric({ type: 'CONTINUOUS' });
    expect(weightsOf(step({ metric: continuous, arms: amounts }))[1]).toBeGreaterThan(0.85);
    expect(weightsOf(step({ metric: { ...continuous, direction: 'DECREASE' }, arms: amounts }))[0]).toBeGreaterThan(0.85);
    // Nobody has paid in one arm: it does not vary, and borrows the other's variance rather than be certain.
    const none = step({
      metric: continuous,
      arms: [arm('a', 1000, {}), arm('b', 1000, spent(1, 3, 9))],
      settings: { ...settings, minWeight: 0, maxWeight: 1 },
    });
    const [first] = weightsOf(none);
    expect(first).toBeGreaterThan(0.1);
  });

  test('compare arms inside periods, so that a base rate that drifts moves nothing towards the late arm', () => {
    const arms = [arm('a', 9000, 450, 1), arm('b', 1000, 50, 1), arm('a', 1000, 100, 2), arm('b', 9000, 900, 2)];
    const result = step({ arms, previousWeights: [0.1, 0.9], settings: { ...settings, minWeight: 0, maxWeight: 1, explorationDecay: 1 } });
    expect(weightsOf(result)[0]).toBeCloseTo(0.5, 1);
  });

  test('stay within bounds and sum to 1 after every update, for any totals', () => {
    const arms = fc.integer({ min: 2, max: 20 }).chain((count) =>
      fc.record({
        rates: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        previous: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        floor: fc.double({ min: 0, max: 1 / count, noNaN: true }),
        cap: fc.double({ min: 1 / count, max: 1, noNaN: true }),
        smoothing: fc.double({ min: 0, max: 1, noNaN: true }),
        updates: fc.integer({ min: 1, max: 1000 }),
      }),
    );
    fc.assert(
      fc.property(arms, ({ rates, previous, floor, cap, smoothing, updates }) => {
        const sum = previous.reduce((total, weight) => total + weight, 0);
        const result = nextWeights({
          settings: { ...settings, minWeight: floor, maxWeight: cap, smoothing },
          metric: metric(),
          variants: rates.map((_, index) => `v${index}`),
          arms: rates.map((rate, index) => arm(`v${index}`, 500, Math.round(rate * 500))),
          previousWeights: previous.map((weight) => weight / sum),
          updates,
        });
        if (result.kind !== 'move') {
          expect(result).toMatchObject({ kind: 'hold', reason: 'SMALL_MOVE' });
          return;
        }
        expect(result.weights.reduce((total, weight) => total + weight, 0)).toBeCloseTo(1, 12);
        for (const weight of result.weights) expect(weight >= floor - 1e-12 && weight <= cap + 1e-12).toBe(true);
        for (const probability of result.probabilityBest) expect(probability >= 0 && probability <= 1).toBe(true);
      }),
      { seed: 20_250_105, numRuns: 60 },
    );
  });

  test('are the same bits for the same totals', () => {
    expect(JSON.stringify(step())).toBe(JSON.stringify(step()));
  });
});

describe('a hold', () => {
  test('waits for minUnitsPerArm in every enabled variant', () => {
    expect(step({ arms: [arm('a', 1000, 300), arm('b', 99, 8)] })).toMatchObject({ kind: 'hold', reason: 'MIN_UNITS' });
    expect(step({ arms: [] })).toMatchObject({ kind: 'hold', reason: 'MIN_UNITS' });
  });

  test('saves a tick that would move fewer than 50 slots, unless the weights in force break a bound', () => {
    expect(step({ previousWeights: [0.897, 0.103] })).toMatchObject({ kind: 'hold', reason: 'SMALL_MOVE' });
    expect(step({ previousWeights: [0.902, 0.098] })).toMatchObject({ kind: 'move' });
  });

  test('has no plan for amounts that do not vary, or for one variant', () => {
    const same = metric({ type: 'COUNT' });
    expect(step({ metric: same, arms: [arm('a', 1000, {}), arm('b', 1000, {})] })).toMatchObject({ kind: 'hold', reason: 'ZERO_VARIANCE' });
    expect(step({ variants: ['a'], previousWeights: [1] })).toMatchObject({ kind: 'hold', reason: 'ONE_VARIANT' });
  });
});

test('impossible totals halt', () => {
  expect(step({ arms: [arm('a', 1000, 3400), arm('b', 1000, 80)] })).toMatchObject({
    kind: 'halt',
    reason: '3400 units did it, of 1000 exposed',
  });
});

test('bounds are feasible when neither floors nor caps are out of reach, and widen when a variant is switched off', () => {
  expect(areBoundsFeasible({ minWeight: 0.05, maxWeight: 0.9 }, 20)).toBe(true);
  expect(areBoundsFeasible({ minWeight: 0.05, maxWeight: 0.9 }, 21)).toBe(false);
  expect(areBoundsFeasible({ minWeight: 0, maxWeight: 0.4 }, 2)).toBe(false);
  expect(areBoundsFeasible({ minWeight: 0.5, maxWeight: 0.4 }, 3)).toBe(false);
  expect(boundsFor({ minWeight: 0.05, maxWeight: 0.4 }, 2)).toEqual({ floor: 0.05, cap: 0.5 });
  expect(boundsFor({ minWeight: 0.05, maxWeight: 0.4 }, 3)).toEqual({ floor: 0.05, cap: 0.4 });
});
