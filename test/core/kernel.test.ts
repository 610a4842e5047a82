import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { betaQuantile, betaTails } from '../../src/core/stats/beta.js';
import { chiSquareQuantile, chiSquareTails } from '../../src/core/stats/chi-square.js';
import { lnBeta, lnGamma } from '../../src/core/stats/ln-gamma.js';
import { normalQuantile, normalTails } from '../../src/core/stats/normal.js';
import { gaussLegendre } from '../../src/core/stats/quadrature.js';
import { StatisticsError } from '../../src/core/stats/statistics-error.js';
import { studentQuantile, studentTails } from '../../src/core/stats/student-t.js';
import { runMethod } from '../vectors/adapter.js';
import { compareWithExpected, type VectorFile } from '../vectors/pass-rule.js';

const grid = JSON.parse(readFileSync(new URL('../vectors/kernel-grid.json', import.meta.url), 'utf8')) as VectorFile;
const options = { seed: 20_250_102, numRuns: 300 };

describe('distribution functions', () => {
  test.each([...new Set(grid.cases.map(({ method }) => method))])('%s keeps ten digits in both tails over the whole grid', (name) => {
    const cases = grid.cases.filter(({ method }) => method === name);
    expect(cases.length).toBeGreaterThan(4);
    expect(
      cases.flatMap((vector) => compareWithExpected(runMethod(name, vector.input), vector).faults.map((fault) => `${vector.id} ${fault}`)),
    ).toEqual([]);
  });

  test('a quantile has the tail that was asked for, down to 1e-290', () => {
    // The point is a double: a last digit of it moves the tail by x times the hazard of x, at most 1,400 for the normal at 1e-290.
    const exponent = fc.double({ min: -290, max: Math.log10(0.4999), noNaN: true });
    const isClose = (got: number, wanted: number) => Math.abs(got / wanted - 1) < 1e-10;
    fc.assert(
      fc.property(exponent, fc.double({ min: 1, max: 2000, noNaN: true }), (power, parameter) => {
        const probability = 10 ** power;
        return (
          isClose(normalTails(normalQuantile(probability, 'upper')).upper, probability) &&
          isClose(studentTails(studentQuantile(probability, parameter, 'upper'), parameter).upper, probability) &&
          isClose(chiSquareTails(chiSquareQuantile(probability, parameter, 'upper'), parameter).upper, probability) &&
          isClose(betaTails(betaQuantile(probability, parameter, 7, 'lower'), parameter, 7).lower, probability)
        );
      }),
      options,
    );
  });

  test('tails are mirrored and sum to 1', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), fc.double({ min: 0.3, max: 1e6, noNaN: true }), (t, degreesOfFreedom) => {
        const tails = studentTails(t, degreesOfFreedom);
        const mirrored = studentTails(-t, degreesOfFreedom);
        expect(tails.lower + tails.upper).toBeCloseTo(1, 14);
        expect(mirrored).toEqual({ lower: tails.upper, upper: tails.lower });
      }),
      options,
    );
  });

  test('lnGamma and lnBeta are exact at whole numbers', () => {
    let factorial = 0;
    for (let n = 1; n < 60; n++) {
      expect(lnGamma(n)).toBeCloseTo(factorial, 12);
      factorial += Math.log(n);
    }
    expect(lnBeta(3, 4)).toBeCloseTo(Math.log(1 / 60), 14);
    expect(lnBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 14);
    // B(a, 1) = 1 / a, where a difference of ln gamma would leave five digits.
    expect(lnBeta(1e9, 1)).toBeCloseTo(-Math.log(1e9), 13);
  });

  test('a 12-point rule integrates every polynomial up to degree 23', () => {
    const { points, weights } = gaussLegendre(12);
    for (let degree = 0; degree < 24; degree++) {
      const integral = points.reduce((sum, point, index) => sum + (weights[index] ?? 0) * point ** degree, 0);
      expect(integral).toBeCloseTo(degree % 2 === 0 ? 2 / (degree + 1) : 0, 14);
    }
  });

  test('what is no number is refused, never answered with NaN', () => {
    const refused = [
      () => normalTails(Number.NaN),
      () => normalQuantile(0),
      () => normalQuantile(1),
      () => normalQuantile(Number.NaN),
      () => studentTails(Number.POSITIVE_INFINITY, 5),
      () => studentTails(1, 0),
      () => betaTails(1.1, 1, 1),
      () => betaTails(0.5, 0, 1),
      () => chiSquareTails(-1, 2),
      () => chiSquareQuantile(0.5, -1),
    ];
    for (const call of refused) expect(call).toThrow(StatisticsError);
  });
});
