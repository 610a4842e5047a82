import { expect, test } from 'vitest';
import { bernoulli, emptyTotals, normalValues, type Population, ratioValues } from '../../../src/core/simulation/populations.js';
import { createRandom } from '../../../src/core/simulation/random.js';

/** Mean and standard error over batches of so many units. */
function batches(population: Population, units: number, of: (totals: ReturnType<typeof emptyTotals>) => number) {
  const random = createRandom(1, `${population.type}/${units}`);
  const values = Array.from({ length: 20_000 }, () => {
    const totals = emptyTotals();
    population.add(random, totals, units);
    return of(totals);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, variance, error: Math.sqrt(variance / values.length) };
}

// Moments of sums of independent units, by hand; 4 standard errors, and this seed is fixed.
test.each([1, 2, 5, 40])('draws sums of %i units at once with the moments of as many units', (units) => {
  const close = ({ mean, error }: { mean: number; error: number }, expected: number) =>
    expect(Math.abs(mean - expected)).toBeLessThan(4 * error);
  close(
    batches(bernoulli(0.3), units, ({ sum }) => sum),
    0.3 * units,
  );
  const normal = normalValues(3, 2);
  close(
    batches(normal, units, ({ sum }) => sum),
    3 * units,
  );
  close(
    batches(normal, units, ({ squares }) => squares),
    (9 + 4) * units,
  );
  // The numerator is ratio x denominator + rest; denominators have mean 1 and deviation 1/4, the rest mean 0 and deviation 2.
  const ratio = ratioValues(3, 2);
  close(
    batches(ratio, units, ({ sum }) => sum),
    3 * units,
  );
  close(
    batches(ratio, units, ({ squares }) => squares),
    (9 * (1 + 1 / 16) + 4) * units,
  );
  close(
    batches(ratio, units, ({ secondSquares }) => secondSquares),
    (1 + 1 / 16) * units,
  );
  close(
    batches(ratio, units, ({ products }) => products),
    3 * (1 + 1 / 16) * units,
  );
  const rest = batches(ratio, units, ({ sum, secondSum }) => sum - 3 * secondSum);
  expect(rest.variance / (4 * units)).toBeCloseTo(1, 1);
});
