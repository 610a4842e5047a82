/** What applying a definition did. */
export const applyOutcomes = ['CREATED', 'UPDATED', 'UNCHANGED'] as const;
export type ApplyOutcome = (typeof applyOutcomes)[number];
