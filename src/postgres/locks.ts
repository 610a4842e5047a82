/** Advisory locks, all in one place so that no two uses share a number by chance. */

/** First number of two-number locks. (Units and idempotency keys use one-number locks over 64-bit hashes of text.) */
export const lockSpaces = {
  /** An experiment's counting: shared by writers of events, exclusive for whoever ends it. */
  counting: 1,
  /** An exclusion group while ranges are taken. */
  group: 2,
  /** Sweeps that one worker at a time makes. */
  sweep: 3,
  /** The values of an experiment's attribute while one is added. */
  segmentValues: 4,
} as const;

/** What is hashed to lock a unit. */
export const unitLockName = (hashKey: string, unitId: string): string => `unit ${hashKey} ${unitId}`;
