import { ErrorCode, type ResolutionDetails } from '@openfeature/core';
import { evaluationOf, isFailure } from '../../core/flag-evaluation.js';
import type { Visitor } from '../visitor.js';

export type FlagType = 'boolean' | 'string' | 'number' | 'object';

/**
 * The value of a flag for a visitor. Where it is a variant that the unit is in, the unit meets it by this, and its exposure is recorded: once,
 * and not when the caller gets its own default because the value is of another type.
 *
 * @param type that the caller expects; a value of another gives the default with TYPE_MISMATCH
 */
export function resolve<Value>(visitor: Visitor, key: string, type: FlagType, defaultValue: Value): ResolutionDetails<Value> {
  const answer = visitor.assignment(key);
  if (answer.reason === 'FALLBACK' && answer.variant === null) {
    return failed(defaultValue, ErrorCode.PROVIDER_NOT_READY, 'The service has not answered yet.');
  }
  const evaluation = evaluationOf(answer);
  if (isFailure(evaluation)) return failed(defaultValue, ErrorCode[evaluation.errorCode], evaluation.errorDetails);
  const { value, variant, reason, metadata } = evaluation;
  if (typeof value !== type) {
    const message = `The variant "${variant}" of "${key}" has a value of type ${typeof value}, not ${type}.`;
    return failed(defaultValue, ErrorCode.TYPE_MISMATCH, message);
  }
  visitor.expose(key);
  return { value: value as Value, variant, reason, flagMetadata: metadata };
}

/** The caller's own default, and why. */
export function failed<Value>(value: Value, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<Value> {
  return { value, reason: 'ERROR', errorCode, errorMessage };
}
