import type { EvaluationInput, EvaluationResult } from './evaluation-types.js';

export type * from './evaluation-types.js';
export * from './evaluation-words.js';

/** Names the rules that computed an evaluation; grows when the same input would give other numbers. */
export const engineVersion = '1';

/**
 * Judges an experiment from its totals, by its registered plan alone: a pure function, so that a stored evaluation can be computed again to the same bits.
 *
 * @throws DomainError LOOKS_EXHAUSTED when a metered plan has no look left and this is not the final evaluation
 */
export declare function evaluate(input: EvaluationInput): EvaluationResult;
