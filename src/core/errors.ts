/**
 * The one catalogue of refusals and warnings. The codes are those of the API (`ProblemCode`);
 * `docs/errors.md` gives meaning, cause and cure of each, held equal to this list by a test.
 */
export const problemCodes = [
  'WEIGHTS_DO_NOT_SUM_TO_ONE',
  'WEIGHT_OUT_OF_RANGE',
  'INFEASIBLE_BOUNDS',
  'TOO_FEW_VARIANTS',
  'MANY_VARIANTS',
  'UNDERPOWERED',
  'NOT_VALIDATED',
  'DUPLICATE_KEY',
  'NO_SINGLE_CONTROL',
  'INVALID_KEY',
  'INVALID_ID',
  'INVALID_TARGETING',
  'INVALID_SCHEDULE',
  'INVALID_RANGE',
  'NOT_EXACTLY_ONE',
  'BAD_USER_INPUT',
  'EXPERIMENT_KEY_TAKEN',
  'EXPERIMENT_NOT_FOUND',
  'VARIANT_NOT_FOUND',
  'NOT_FOUND',
  'GROUP_FULL',
  'INVALID_TRANSITION',
  'PLAN_LOCKED',
  'REVISION_CONFLICT',
  'LOOKS_EXHAUSTED',
  'METHOD_NOT_AVAILABLE',
  'DESIGN_NOT_AVAILABLE',
  'INVALID_TIMESTAMP',
  'TOO_OLD',
  'IN_FUTURE',
  'INVALID_VALUE',
  'UNKNOWN_EXPERIMENT',
  'UNKNOWN_METRIC',
  'VARIANT_MISMATCH',
  'NO_UNIT',
  'BOT',
  'EVENT_ID_REUSED',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
  'BATCH_TOO_LARGE',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** One fault or warning about an input. */
export interface Problem {
  readonly code: ProblemCode;
  /** What was received and what is expected, for people. */
  readonly message: string;
  /** Members and list positions that lead to it from the input, e.g. `['variants', '1', 'weight']`. */
  readonly path: readonly string[];
  /** What was received there, shortened when long. */
  readonly received?: unknown;
}

/** What an error carries beside its problems; each member reaches the client as an extension of the same name. */
export interface ErrorDetails {
  /** The present revision, after REVISION_CONFLICT. */
  readonly revision?: number;
  /** When the same request may succeed, after UNAVAILABLE. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

const retryable: ReadonlySet<ProblemCode> = new Set(['IDEMPOTENCY_KEY_IN_USE', 'RATE_LIMITED', 'UNAVAILABLE']);

/** A refusal that rules and use cases throw; the edge translates it once. Everything that is not one is masked. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  /** Code of the first problem. */
  readonly code: ProblemCode;
  readonly problems: readonly Problem[];
  readonly details: ErrorDetails;

  /** @param problems at least one; the first gives the code and the message */
  constructor(problems: readonly [Problem, ...Problem[]], details: ErrorDetails = {}) {
    super(problems[0].message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = problems[0].code;
    this.problems = problems;
    this.details = details;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return retryable.has(this.code);
  }
}

/** A refusal with one problem, e.g. `throw refusal('VARIANT_NOT_FOUND', 'No variant "b"; there are "a", "c".', ['variant'], 'b')`. */
export function refusal(code: ProblemCode, message: string, path: readonly string[] = [], received?: unknown): DomainError {
  return new DomainError([received === undefined ? { code, message, path } : { code, message, path, received }]);
}

/** Throws all problems as one refusal; does nothing when there are none. */
export function refuseIfAny(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first) throw new DomainError([first, ...rest]);
}
