import type { Assignment, AssignmentReason } from './assignment.js';

/** Assignments in the words of OpenFeature, to which an experiment is a flag. @see https://openfeature.dev/specification/types */

export type FlagErrorCode = 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'FLAG_NOT_FOUND' | 'GENERAL';

export interface FlagEvaluation {
  readonly key: string;
  /** The variant's payload, else its key. */
  readonly value: unknown;
  readonly variant: string;
  readonly reason: FlagReason;
  /** Texts, numbers and booleans alone. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

export interface FlagFailure {
  readonly key: string;
  readonly errorCode: FlagErrorCode;
  readonly errorDetails: string;
}

export type FlagReason = 'SPLIT' | 'TARGETING_MATCH' | 'STATIC' | 'DEFAULT' | 'DISABLED' | 'STALE';

/** Reasons in the words of OpenFeature; those that give no value are a {@link FlagFailure}. */
const reasons: Readonly<Record<Exclude<AssignmentReason, 'NOT_FOUND' | 'NO_UNIT'>, FlagReason>> = {
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

/** What an assignment says about its flag. */
export function evaluationOf(assignment: Omit<Assignment, 'exposureRecorded' | 'asOf'>): FlagEvaluation | FlagFailure {
  const { experimentKey: key, variant, payload, reason, inExperiment, hashKey, unitId, allocationVersion } = assignment;
  const failure = (errorCode: FlagErrorCode, errorDetails: string): FlagFailure => ({ key, errorCode, errorDetails });
  if (reason === 'NOT_FOUND') return failure('FLAG_NOT_FOUND', `No experiment has the key "${key}".`);
  if (reason === 'NO_UNIT') {
    const stand = hashKey === 'userId' || hashKey === 'deviceId' ? ' or targetingKey' : '';
    return failure('TARGETING_KEY_MISSING', `The experiment hashes ${hashKey}; the context has no ${hashKey}${stand}.`);
  }
  if (variant === null) return failure('GENERAL', 'Nothing is known of the experiment yet, for the stores are away. Try again.');
  const metadata = { experimentKey: key, inExperiment, assignmentReason: reason, allocationVersion, hashKey, unitId };
  return { key, value: payload ?? variant, variant, reason: reasons[reason], metadata: withoutNulls(metadata) };
}

export function isFailure(answer: FlagEvaluation | FlagFailure): answer is FlagFailure {
  return 'errorCode' in answer;
}

function withoutNulls<T>(members: Readonly<Record<string, T | null>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter((member): member is [string, T] => member[1] !== null));
}
