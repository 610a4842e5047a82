/** What to do, in the order in which the first that holds is taken. */
export const decisions = ['INVALID', 'ROLL_BACK', 'INSUFFICIENT_DATA', 'SHIP', 'DO_NOT_SHIP', 'KEEP_RUNNING'] as const;
export type Decision = (typeof decisions)[number];

/** Why numbers are null. */
export const unknownReasons = ['INSUFFICIENT_SAMPLE', 'ZERO_VARIANCE', 'ZERO_BASELINE', 'SRM_DETECTED', 'INVALID_DATA'] as const;
export type UnknownReason = (typeof unknownReasons)[number];

/** Which way a comparison has come out. */
export const comparisonOutcomes = ['BETTER', 'WORSE', 'INCONCLUSIVE'] as const;
export type ComparisonOutcome = (typeof comparisonOutcomes)[number];
