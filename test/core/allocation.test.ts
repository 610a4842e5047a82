import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  areBoundsFeasible,
  firstRuns,
  isMoved,
  movedSlots,
  reallocate,
  runAt,
  type SlotRun,
  slotCount,
  toSlots,
  variantAt,
  weightsOf,
} from '../../src/core/allocation.js';
import { firstAllocation, nextAllocation, toggledWeights } from '../../src/core/reallocation.js';
import vectors from '../vectors/assignment.json' with { type: 'json' };
import { startedAt } from './samples.js';

const seed = 20_250_102;

const parse = (weight: string) => {
  const [above = '', below = '1'] = weight.split('/');
  return Number(above) / Number(below);
};

/** Weights of so many variants that sum to 1, zeros among them. */
const weightsFor = (count: number) =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, { weight: 1, arbitrary: fc.constant(0) }), {
      minLength: count,
      maxLength: count,
    })
    .filter((shares) => shares.reduce((a, b) => a + b, 0) > 1e-6)
    .map((shares) => shares.map((share) => share / shares.reduce((a, b) => a + b, 0)));

/** Two or more sets of weights of the same variants. */
const histories = (sets: number) =>
  fc.integer({ min: 2, max: 6 }).chain((count) => fc.array(weightsFor(count), { minLength: sets, maxLength: sets }));

const variantKeys = (weights: readonly number[]) => weights.map((_, i) => `v${i}`);
const totalVariation = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, weight, i) => sum + Math.abs(weight - (b[i] ?? 0)), 0) / 2;

describe('slots', () => {
  test.each(vectors.allocations.map((history) => [history.map(({ weights }) => weights.join(' ')).join(', then '), history] as const))(
    'of %s are those of the vectors',
    (_, history) => {
      let runs: SlotRun[] | undefined;
      for (const step of history) {
        const weights = step.weights.map(parse);
        runs = runs ? reallocate(runs, weights) : firstRuns(weights);
        expect(runs).toEqual(step.runs.map((run) => ({ ...run, served: run.served.reduce((mask, variant) => mask | (1 << variant), 0) })));
      }
    },
  );

  test('are within one of the weights, sum to 10,000, and equal weights differ by one at most, the earlier first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }).chain(weightsFor), (weights) => {
        const slots = toSlots(weights);
        expect(slots.reduce((a, b) => a + b, 0)).toBe(slotCount);
        slots.forEach((own, i) => {
          expect(Math.abs(own - (weights[i] as number) * slotCount)).toBeLessThan(1);
          if (weights[i] === 0) expect(own).toBe(0);
        });
      }),
      { seed },
    );
    expect(toSlots([1 / 3, 1 / 3, 1 / 3])).toEqual([3334, 3333, 3333]);
    expect(toSlots(new Array(7).fill(1 / 7))).toEqual([1429, 1429, 1429, 1429, 1428, 1428, 1428]);
  });

  test('give back the weights that they stand for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }).chain(weightsFor), (weights) => {
        const runs = firstRuns(weights);
        const stored = weightsOf(runs, variantKeys(weights)).map(({ weight }) => weight);
        expect(toSlots(stored)).toEqual(toSlots(weights));
        expect(reallocate(runs, stored)).toEqual(runs);
      }),
      { seed },
    );
  });

  test('keep bounds exactly as stored, for weights anywhere', () => {
    const cases = fc.integer({ min: 2, max: 20 }).chain((count) =>
      fc.record({
        weights: weightsFor(count).filter((weights) => weights.every((weight) => weight > 0)),
        min: fc.double({ min: 0, max: 1 / count, noNaN: true }),
        max: fc.double({ min: 1 / count, max: 1, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ weights, min, max }) => {
        const isFeasible = areBoundsFeasible({ min, max }, weights.length);
        const slots = toSlots(weights, { min, max });
        expect(slots.reduce((a, b) => a + b, 0)).toBe(slotCount);
        if (isFeasible) for (const own of slots) expect(own / slotCount >= min && own / slotCount <= max).toBe(true);
        // At bounds that no whole number of slots keeps, equal shares are what is nearest to them.
        else
          for (const own of slots)
            expect(Math.abs(own - slotCount / weights.length)).toBeLessThan(slotCount * Math.max(max - min, 1e-4) + 1);
      }),
      { seed },
    );
  });

  test('round a floor up and a cap down', () => {
    expect(toSlots([0.03333, 0.96667], { min: 0.03333, max: 1 })).toEqual([334, 9666]);
    expect(toSlots([0.90006, 0.09994], { min: 0, max: 0.90006 })).toEqual([9000, 1000]);
    expect(toSlots([0.05, 0.95], { min: 0.05, max: 0.95 })).toEqual([500, 9500]);
    expect(areBoundsFeasible({ min: 1 / 3, max: 1 }, 3)).toBe(false);
    expect(areBoundsFeasible({ min: 0.3333, max: 1 }, 3)).toBe(true);
    expect(areBoundsFeasible({ min: 0, max: 0.3333 }, 3)).toBe(false);
  });

  test('give the only variant that is left everything, whatever the cap', () => {
    expect(toSlots([1, 0, 0], { min: 0.05, max: 0.9 })).toEqual([10_000, 0, 0]);
  });

  test('cannot be made of nothing', () => {
    expect(() => toSlots([0, 0])).toThrow('weights must sum to more than zero');
  });
});

describe('reallocation', () => {
  test('moves the sum of what variants gain, which is the total variation distance to within a slot for each variant', () => {
    fc.assert(
      fc.property(histories(2), ([before = [], after = []]) => {
        const runs = firstRuns(before);
        const next = reallocate(runs, after);
        const gains = toSlots(after).reduce((sum, slots, i) => sum + Math.max(0, slots - (toSlots(before)[i] as number)), 0);
        expect(movedSlots(runs, next)).toBe(gains);
        // Each variant's slots are off by less than one before and after, so half the sum of differences is off by less than their number.
        expect(Math.abs(gains - totalVariation(before, after) * slotCount)).toBeLessThan(before.length);
        expect(weightsOf(next, variantKeys(after)).map(({ weight }) => weight * slotCount)).toEqual(
          toSlots(after).map((slots) => (slots / slotCount) * slotCount),
        );
      }),
      { seed, numRuns: 300 },
    );
  });

  test('moves exactly the total variation distance between weights that are whole slots', () => {
    const before = [0.25, 0.25, 0.25, 0.25];
    const after = [0.4, 0.25, 0.25, 0.1];
    expect(movedSlots(firstRuns(before), reallocate(firstRuns(before), after))).toBe(1_500);
  });

  test('remembers in the mask every variant that a slot was served, over any history', () => {
    fc.assert(
      fc.property(histories(6), (sets) => {
        let runs = firstRuns(sets[0] as number[]);
        const masks = Array.from({ length: slotCount }, (_, slot) => 1 << (variantAt(runs, slot) as number));
        for (const weights of sets.slice(1)) {
          runs = reallocate(runs, weights);
          masks.forEach((mask, slot) => {
            masks[slot] = mask | (1 << (variantAt(runs, slot) as number));
          });
        }
        expect(masks.every((mask, slot) => runAt(runs, slot).served === mask)).toBe(true);
        expect(runs.at(-1)?.end).toBe(slotCount);
      }),
      { seed, numRuns: 30 },
    );
  });

  test('takes slots that have changed hands before it touches others', () => {
    const there = reallocate(firstRuns([0.5, 0.5]), [0.2, 0.8]);
    const back = reallocate(there, [0.4, 0.6]);
    const again = reallocate(back, [0.3, 0.7]);
    const moved = (runs: readonly SlotRun[]) =>
      Array.from({ length: slotCount }, (_, slot) => slot).filter((slot) => isMoved(runAt(runs, slot).served)).length;
    expect([there, back, again].map(moved)).toEqual([3_000, 3_000, 3_000]);
  });

  test('gives the same runs for the same history', () => {
    const make = () => reallocate(reallocate(firstRuns([0.2, 0.3, 0.5]), [0.6, 0.3, 0.1]), [0.1, 0.1, 0.8]);
    expect(make()).toEqual(make());
  });
});

describe('versions', () => {
  const first = firstAllocation({
    variants: [
      { key: 'a', weight: 0.5 },
      { key: 'b', weight: 0.5 },
    ],
    trafficAllocation: 0.25,
    at: startedAt,
  });

  test('begin at 1 with the weights of the definition', () => {
    expect(first).toMatchObject({ version: 1, period: 1, cause: 'START', trafficAllocation: 0.25, maxTrafficAllocation: 0.25 });
    expect(first.weights).toEqual([
      { variant: 'a', weight: 0.5 },
      { variant: 'b', weight: 0.5 },
    ]);
  });

  test('keep what is not changed, and the greatest traffic share', () => {
    const at = new Date(startedAt.getTime() + 1_000);
    const raised = nextAllocation({ previous: first, trafficAllocation: 0.75, cause: 'MANUAL', at });
    const lowered = nextAllocation({ previous: raised, trafficAllocation: 0.1, weights: [0.1, 0.9], cause: 'MANUAL', at, period: 2 });
    expect(raised).toMatchObject({ version: 2, runs: first.runs, maxTrafficAllocation: 0.75, period: 1 });
    expect(lowered).toMatchObject({ version: 3, trafficAllocation: 0.1, maxTrafficAllocation: 0.75, period: 2, startedAt: at });
    expect(lowered.weights.map(({ weight }) => weight)).toEqual([0.1, 0.9]);
  });
});

describe('a switched variant', () => {
  const definition = {
    variants: ['a', 'b', 'c'].map((key, i) => ({
      key,
      name: null,
      weight: [0.5, 0.3, 0.2][i] as number,
      isControl: i === 0,
      payload: null,
    })),
  };
  const shares = (weights: readonly number[]) => weights.map((weight, i) => ({ variant: definition.variants[i]?.key ?? '', weight }));

  test('gives its share to the others in proportion, and gets its own again', () => {
    const off = toggledWeights({ definition, weights: shares([0.5, 0.3, 0.2]), disabled: ['b'], variant: 'b' });
    expect(toSlots(off)).toEqual(toSlots([0.5 / 0.7, 0, 0.2 / 0.7]));
    const on = toggledWeights({ definition, weights: shares(off), disabled: [], variant: 'b' });
    expect(toSlots(on)).toEqual([5_000, 3_000, 2_000]);
  });

  test('leaves everything to the only one that is on', () => {
    expect(toggledWeights({ definition, weights: shares([0.7, 0.3, 0]), disabled: ['b', 'c'], variant: 'b' })).toEqual([1, 0, 0]);
  });

  test('falls back on the definition when the others have nothing, and on equal shares when that has nothing either', () => {
    expect(toggledWeights({ definition, weights: shares([0, 1, 0]), disabled: ['b'], variant: 'b' })).toEqual([0.5 / 0.7, 0, 0.2 / 0.7]);
    const bare = { variants: definition.variants.map((variant, i) => ({ ...variant, weight: i === 1 ? 1 : 0 })) };
    expect(toggledWeights({ definition: bare, weights: shares([0, 1, 0]), disabled: ['b'], variant: 'b' })).toEqual([0.5, 0, 0.5]);
  });
});
