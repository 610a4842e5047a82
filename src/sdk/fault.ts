/** What went wrong behind a client's back. A client never throws: it answers with what it has and tells its `onFault`. */
export interface ClientFault {
  /**
   * UNREACHABLE: nobody answered, or not in time. INVALID_CALL: an argument that cannot be used. QUEUE_FULL, CLOSED: an event was not taken.
   * STORAGE: the storage refuses. UNEXPECTED: a message that this client cannot read. Else the code that the service gave, such as UNAVAILABLE, FORBIDDEN or, for an event, VARIANT_MISMATCH.
   */
  readonly code: string;
  readonly message: string;
  /** The event that is given up. */
  readonly eventId?: string;
  readonly cause?: unknown;
}

/** Told of every fault; what it throws is swallowed. */
export type OnFault = (fault: ClientFault) => void;

/** Told when the service is lost, with the reason, and with null when it answers: at the first answer, and whenever that changes. */
export type OnConnection = (lost: ClientFault | null) => void;

/**
 * What may help a request that failed. CHANGE: only that it becomes another, for it is refused for good. ISOLATE: it failed, and the service says
 * that the same again will: what it holds may be the cause, or a part of it. WAIT: the same may succeed later.
 */
export type Remedy = 'CHANGE' | 'ISOLATE' | 'WAIT';

interface RequestFaultDetails {
  readonly retryAfterMs?: number;
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** A request that was not answered with data. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  readonly code: string;
  /** How long the service asks to be left alone. */
  readonly retryAfterMs: number;
  readonly remedy: Remedy;

  /** @param details.retryable as the service said; left out: it said nothing */
  constructor(code: string, message: string, { retryAfterMs = 0, retryable, cause }: RequestFaultDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.remedy = refusals.has(code) ? 'CHANGE' : retryable === false && !configuration.has(code) ? 'ISOLATE' : 'WAIT';
  }
}

/**
 * Codes that say that this very request will never do. All others may pass: a service that is away, one that is newer or older, and a key that
 * was revoked, for a fault of the configuration must not cost events.
 */
const refusals = new Set([
  'BATCH_TOO_LARGE',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'INVALID_ID',
  'INVALID_RANGE',
  'QUERY_TOO_COMPLEX',
]);

/** Codes that say nothing about what a request holds, whoever sends it. */
const configuration = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
]);

/** The fault for whatever was thrown. */
export function faultOf(thrown: unknown): ClientFault {
  if (thrown instanceof RequestFault) return { code: thrown.code, message: thrown.message, cause: thrown.cause };
  return { code: 'UNEXPECTED', message: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown };
}

/** A listener that cannot hurt who calls it. */
export function guarded(onFault: OnFault | undefined): OnFault {
  return (fault) => {
    try {
      onFault?.(fault);
    } catch {
      // Its own fault, and it was just told of one.
    }
  };
}
