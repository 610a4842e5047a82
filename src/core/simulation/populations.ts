import type { MetricSums } from '../evaluation-types.js';
import type { MetricType } from '../experiment.js';
import type { Random } from './random.js';
import { binomial, chiSquare } from './samplers.js';

/** Running totals of one metric in one arm: of the value x, and of the second value y where the metric has one. */
export interface Totals {
  /** Units with an event. */
  converted: number;
  sum: number;
  squares: number;
  secondSum: number;
  secondSquares: number;
  products: number;
}

/** What the values of units are drawn from. */
export interface Population {
  readonly type: MetricType;
  readonly mean: number;
  readonly variance: number;
  /** Whether units have a y too: a denominator, or a value before exposure. */
  readonly hasSecond?: boolean;
  /** Adds the totals of so many more units. */
  add(random: Random, totals: Totals, units: number): void;
}

/** 0 or 1 a unit. */
export function bernoulli(rate: number): Population {
  return {
    type: 'CONVERSION',
    mean: rate,
    variance: rate * (1 - rate),
    add(random, totals, units) {
      const converted = binomial(random, units, rate);
      totals.converted += converted;
      totals.sum += converted;
      totals.squares += converted;
    },
  };
}

/** Normal values; the sum and the sum of squares of a batch are drawn as the two independent parts that they are made of. */
export function normalValues(mean: number, deviation: number): Population {
  return {
    type: 'CONTINUOUS',
    mean,
    variance: deviation ** 2,
    add(random, totals, units) {
      if (units === 0) return;
      const sum = units * mean + Math.sqrt(units) * deviation * random.normal();
      const within = units > 1 ? deviation ** 2 * chiSquare(random, units - 1) : 0;
      totals.converted += units;
      totals.sum += sum;
      totals.squares += within + (sum * sum) / units;
    },
  };
}

/**
 * A numerator over a denominator, units of which have one about 1. What is left of the numerator after the ratio's part is normal.
 *
 * @param deviation  of (numerator - ratio x denominator) / mean denominator
 */
export function ratioValues(ratio: number, deviation: number): Population {
  const spread = 0.25;
  return {
    type: 'RATIO',
    mean: ratio,
    variance: deviation ** 2,
    hasSecond: true,
    add(random, totals, units) {
      if (units === 0) return;
      // The two independent sums, and the second moments about their means as Bartlett's decomposition has them.
      const sumY = units + Math.sqrt(units) * spread * random.normal();
      const sumRest = Math.sqrt(units) * deviation * random.normal();
      const shared = units > 1 ? random.normal() : 0;
      const withinY = units > 1 ? spread ** 2 * chiSquare(random, units - 1) : 0;
      const squaresY = withinY + (sumY * sumY) / units;
      const squaresRest = deviation ** 2 * (shared ** 2 + (units > 2 ? chiSquare(random, units - 2) : 0)) + (sumRest * sumRest) / units;
      const products = Math.sqrt(withinY) * deviation * shared + (sumY * sumRest) / units;
      totals.converted += units;
      totals.sum += ratio * sumY + sumRest;
      totals.squares += ratio ** 2 * squaresY + 2 * ratio * products + squaresRest;
      totals.secondSum += sumY;
      totals.secondSquares += squaresY;
      totals.products += ratio * squaresY + products;
    },
  };
}

/** No totals yet. */
export function emptyTotals(): Totals {
  return { converted: 0, sum: 0, squares: 0, secondSum: 0, secondSquares: 0, products: 0 };
}

/** Totals as the stores hand them over: exact decimals. */
export function sumsOf(totals: Totals, hasSecond = false): MetricSums {
  const { converted, sum, squares, secondSum, secondSquares, products } = totals;
  const text = decimal(sum, 9);
  const sums = { units: converted, events: converted, total: text, sumX: text, sumX2: decimal(squares, 18) };
  if (!hasSecond) return sums;
  return { ...sums, second: { sumY: decimal(secondSum, 9), sumY2: decimal(secondSquares, 18), sumXY: decimal(products, 18) } };
}

/** As many decimals as a double holds, at most so many. */
function decimal(value: number, most: number): string {
  if (Number.isInteger(value)) return `${value}`;
  const digitsBefore = Math.max(1, Math.ceil(Math.log10(Math.abs(value) + 1)));
  return value.toFixed(Math.max(0, Math.min(most, 17 - digitsBefore)));
}
