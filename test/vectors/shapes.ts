import type { BestOf } from '../../src/core/stats/best-of.js';
import type { pairedTest } from '../../src/core/stats/paired.js';

/** What the methods of the reference files have in common: their type, and results in the words of the files. */

// biome-ignore lint/suspicious/noExplicitAny: inputs are whatever the reference file holds for the method
export type Method = (input: any) => unknown;

export const interval = ({ lower, upper }: { readonly lower: number; readonly upper: number }) => ({ ci_lower: lower, ci_upper: upper });

export const bestOf = (result: BestOf) => ({
  probability_best: result.probabilityBest,
  probability_beats_first: result.probabilityBeatsFirst,
  expected_loss: result.expectedLoss,
});

export const test = ({ difference, standardError, t, degreesOfFreedom, pTwoSided, ...bounds }: ReturnType<typeof pairedTest>) => ({
  difference,
  standard_error: standardError,
  t,
  degrees_of_freedom: degreesOfFreedom,
  p_two_sided: pTwoSided,
  ...interval(bounds),
});
