import type { BestOf } from '../../src/core/stats/best-of.js';
import type { pairedTest } from '../../src/core/stats/paired.js';
import { requireValid } from '../../src/core/stats/statistics-error.js';

/** What the methods of the reference files have in common: their type, and results in the words of the files. */

// biome-ignore lint/suspicious/noExplicitAny: inputs are whatever the reference file holds for the method
export type Method = (input: any) => unknown;

/** A word of the files in ours. @throws StatisticsError INVALID_DATA for a word that is none of them */
export function choice<Ours>(word: unknown, words: Readonly<Record<string, Ours>>): Ours {
  const ours = typeof word === 'string' && Object.hasOwn(words, word) ? words[word] : undefined;
  requireValid(ours !== undefined, `expected one of ${Object.keys(words).join(', ')}, received ${JSON.stringify(word)}`);
  return ours;
}

export const interval = ({ lower, upper }: { readonly lower: number; readonly upper: number }) => ({ ci_lower: lower, ci_upper: upper });

export const bestOf = (result: Omit<BestOf, 'expectedLoss'> & { readonly expectedLoss: readonly (number | null)[] }) => ({
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
