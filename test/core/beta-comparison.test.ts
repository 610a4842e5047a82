import { describe, expect, test } from 'vitest';
import { betaComparison } from '../../src/core/stats/beta-comparison.js';
import { normalQuantile } from '../../src/core/stats/normal.js';
import { acceptsNull, twoPointTest } from '../../src/core/stats/two-point-test.js';
import { binomial, draws } from './totals.js';

describe('credible intervals of two rates', () => {
  test('are right for two uniform posteriors, where they are least smooth', () => {
    const uniform = { alpha: 1, beta: 1 };
    const { difference, lift } = betaComparison(uniform, uniform, 0.95);
    // A triangle: (1 - x)^2 / 2 = 0.025. A ratio of uniforms: 1 - 1/(2 r) = 0.975 above 1, r/2 = 0.025 below.
    expect(difference.upper).toBeCloseTo(1 - Math.sqrt(0.05), 4);
    expect(difference.lower).toBeCloseTo(Math.sqrt(0.05) - 1, 4);
    expect(lift.upper).toBeCloseTo(19, 1);
    expect(lift.lower).toBeCloseTo(-0.95, 4);
  });

  test('are those of the normal distribution for many units', () => {
    const [control, treatment] = [
      { alpha: 5e6, beta: 9.5e7 },
      { alpha: 2.6e6, beta: 4.74e7 },
    ];
    const { difference } = betaComparison(control, treatment, 0.95);
    const error = Math.sqrt((0.05 * 0.95) / 1e8 + (0.052 * 0.948) / 5e7);
    expect(difference.upper).toBeCloseTo(0.002 + normalQuantile(0.025, 'upper') * error, 7);
  });

  test('turn over when the arms change places, whichever is narrower', () => {
    const [few, many] = [
      { alpha: 3, beta: 40 },
      { alpha: 400, beta: 9000 },
    ];
    const there = betaComparison(few, many, 0.9);
    const back = betaComparison(many, few, 0.9);
    expect(there.difference.lower).toBeCloseTo(-back.difference.upper, 9);
    expect(1 + there.lift.upper).toBeCloseTo(1 / (1 + back.lift.lower), 7);
  });

  test('have bounds for rates of 0 and of 1', () => {
    const { difference, lift } = betaComparison({ alpha: 1, beta: 1001 }, { alpha: 1001, beta: 1 }, 0.95);
    expect(difference.lower).toBeGreaterThan(0.99);
    expect(difference.upper).toBeLessThan(1);
    expect(Number.isFinite(lift.upper)).toBe(true);
  });
});

describe("Wald's test of both sides", () => {
  test('excludes exactly what it rejects', () => {
    for (const [error, alternative] of [
      [1, 1],
      [0.2, 1],
      [1, 0.01],
      [1e-3, 2],
    ] as const) {
      const { halfWidth } = twoPointTest(0, error, alternative, 0.05);
      expect(twoPointTest(halfWidth, error, alternative, 0.05).pValue).toBeCloseTo(0.05, 10);
      expect(halfWidth).toBeGreaterThan(alternative / 2);
    }
  });

  test('is false in no more than alpha of sequences, however long', () => {
    const next = draws(5);
    let claims = 0;
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      const counts = [0, 0];
      for (let units = 250; units <= 30_000; units += 250) {
        counts[0] = (counts[0] ?? 0) + binomial(next, 250, 0.3);
        counts[1] = (counts[1] ?? 0) + binomial(next, 250, 0.3);
        const error = Math.sqrt((2 * 0.3 * 0.7) / units);
        if (twoPointTest(((counts[1] ?? 0) - (counts[0] ?? 0)) / units, error, 0.02, 0.05).pValue > 0.05) continue;
        claims += 1;
        break;
      }
    }
    // 3.29 sqrt(0.05 x 0.95 / 1000) = 0.023.
    expect(claims / runs).toBeLessThan(0.073);
    expect(claims).toBeGreaterThan(5);
  });

  test('accepts that there is nothing when both sides are ruled out, and never where alpha and beta leave no room', () => {
    expect(acceptsNull(0.1, 0.3, 1, { alpha: 0.025, beta: 0.2 })).toBe(true);
    expect(acceptsNull(0.9, 0.3, 1, { alpha: 0.025, beta: 0.2 })).toBe(false);
    expect(acceptsNull(0, 0.001, 1, { alpha: 0.5, beta: 0.6 })).toBe(false);
  });
});
