import type { FlagErrorCode } from '../core/flag-evaluation.js';

/** Errors of the OpenFeature Remote Evaluation Protocol. @see https://github.com/open-feature/protocol */

export type OfrepErrorCode = FlagErrorCode | 'PARSE_ERROR';

export interface OfrepFailure {
  /** Left out where a request is about no single flag. */
  readonly key?: string;
  readonly errorCode: OfrepErrorCode;
  readonly errorDetails: string;
}

export function failureOf(key: string | undefined, errorCode: OfrepErrorCode, errorDetails: string): OfrepFailure {
  return { ...(key !== undefined && { key }), errorCode, errorDetails };
}

/** HTTP status that the protocol asks for with an error. */
export const statusOf: Readonly<Record<OfrepErrorCode, number>> = {
  PARSE_ERROR: 400,
  TARGETING_KEY_MISSING: 400,
  INVALID_CONTEXT: 400,
  FLAG_NOT_FOUND: 404,
  GENERAL: 500,
};
