import type { Assignment, AssignmentReason } from '../core/assignment.js';

/** Answers of the OpenFeature Remote Evaluation Protocol. @see https://github.com/open-feature/protocol */

export type OfrepErrorCode = 'PARSE_ERROR' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'FLAG_NOT_FOUND' | 'GENERAL';

export interface OfrepSuccess {
  readonly key: string;
  /** The variant's payload, else its key. */
  readonly value: unknown;
  readonly variant: string;
  readonly reason: OfrepReason;
  /** Texts, numbers and booleans alone. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

export interface OfrepFailure {
  /** Left out where a request is about no single flag. */
  readonly key?: string;
  readonly errorCode: OfrepErrorCode;
  readonly errorDetails: string;
}

export type OfrepReason = 'SPLIT' | 'TARGETING_MATCH' | 'STATIC' | 'DEFAULT' | 'DISABLED' | 'STALE';

/** Reasons in the words of OpenFeature; those that give no value are {@link failureOf}. */
const reasons: Readonly<Record<Exclude<AssignmentReason, 'NOT_FOUND' | 'NO_UNIT'>, OfrepReason>> = {
  SPLIT: 'SPLIT',
  STICKY: 'SPLIT',
  OVERRIDE: 'TARGETING_MATCH',
  SHIPPED: 'STATIC',
  NOT_RUNNING: 'DISABLED',
  VARIANT_DISABLED: 'DISABLED',
  NOT_TARGETED: 'DEFAULT',
  NOT_INCLUDED: 'DEFAULT',
  EXCLUDED: 'DEFAULT',
  BOT: 'DEFAULT',
  FALLBACK: 'STALE',
};

/** An assignment as the protocol answers it. */
export function evaluationOf(assignment: Assignment): OfrepSuccess | OfrepFailure {
  const { experimentKey: key, variant, payload, reason, inExperiment, hashKey, unitId, allocationVersion } = assignment;
  if (reason === 'NOT_FOUND') return failureOf(key, 'FLAG_NOT_FOUND', `No experiment has the key "${key}".`);
  if (reason === 'NO_UNIT') {
    const stand = hashKey === 'userId' || hashKey === 'deviceId' ? ' or targetingKey' : '';
    return failureOf(key, 'TARGETING_KEY_MISSING', `The experiment hashes ${hashKey}; the context has no ${hashKey}${stand}.`);
  }
  if (variant === null) return failureOf(key, 'GENERAL', 'Nothing is known of the experiment yet, for the stores are away. Try again.');
  const metadata = { experimentKey: key, inExperiment, assignmentReason: reason, allocationVersion, hashKey, unitId };
  return { key, value: payload ?? variant, variant, reason: reasons[reason], metadata: withoutNulls(metadata) };
}

export function failureOf(key: string | undefined, errorCode: OfrepErrorCode, errorDetails: string): OfrepFailure {
  return { ...(key !== undefined && { key }), errorCode, errorDetails };
}

export function isFailure(answer: OfrepSuccess | OfrepFailure): answer is OfrepFailure {
  return 'errorCode' in answer;
}

/** HTTP status that the protocol asks for with an error. */
export const statusOf: Readonly<Record<OfrepErrorCode, number>> = {
  PARSE_ERROR: 400,
  TARGETING_KEY_MISSING: 400,
  INVALID_CONTEXT: 400,
  FLAG_NOT_FOUND: 404,
  GENERAL: 500,
};

function withoutNulls<T>(members: Readonly<Record<string, T | null>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter((member): member is [string, T] => member[1] !== null));
}
