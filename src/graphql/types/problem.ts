import { Field, ObjectType } from 'type-graphql';
import type { ProblemCode } from '../../core/errors.js';
import { enumType } from '../enum-type.js';
import { Json } from '../scalars.js';

export const ProblemCodeEnum = enumType<ProblemCode>(
  'ProblemCode',
  `Why something was refused or warned of: extensions.code of an error, Problem.code, EventResult.code.
The transport adds its own: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, PERSISTED_QUERY_NOT_FOUND, BAD_REQUEST.`,
  {
    WEIGHTS_DO_NOT_SUM_TO_ONE: 'The weights of a set of variants do not sum to 1 within 1e-9.',
    WEIGHT_OUT_OF_RANGE: "A weight is outside [0, 1] or outside the bandit's bounds.",
    INFEASIBLE_BOUNDS: 'The bounds of the bandit cannot all be kept with this number of variants.',
    TOO_FEW_VARIANTS: 'Fewer than two variants.',
    MANY_VARIANTS: 'Warning: four variants or more in a hypothesis test dilute its power.',
    UNDERPOWERED: 'Warning: the plan is unlikely to find the effect it asks for with the traffic expected.',
    NOT_VALIDATED: 'Warning: no dry run has shown that the experiment can be trusted with more visitors; see Experiment.validation.',
    DUPLICATE_KEY: 'Two variants or two metrics share a key.',
    NO_SINGLE_CONTROL: 'Not exactly one variant is the control.',
    INVALID_KEY: 'A key does not match ^[a-z0-9][a-z0-9_.-]{0,99}$.',
    INVALID_ID: 'An id is blank, longer than 256 bytes, or holds control characters or a lone surrogate.',
    INVALID_TARGETING: 'A targeting predicate cannot be read.',
    INVALID_SCHEDULE: 'A schedule cannot be read, or its interval is outside 5 seconds to 24 hours.',
    INVALID_RANGE: 'A number or a list is outside what is allowed.',
    NOT_EXACTLY_ONE: 'Of members that exclude one another not exactly one was given.',
    BAD_USER_INPUT: 'Input of the wrong shape.',
    EXPERIMENT_KEY_TAKEN: 'Another experiment has this key.',
    EXPERIMENT_NOT_FOUND: 'No experiment has this key.',
    VARIANT_NOT_FOUND: 'No variant of the experiment has this key.',
    NOT_FOUND: 'What an id or key names does not exist.',
    GROUP_FULL: 'The exclusion group has no free range as wide as the traffic share.',
    INVALID_TRANSITION: "The experiment's status does not allow this.",
    PLAN_LOCKED: 'The registered plan of a started experiment does not change.',
    REVISION_CONFLICT: 'The experiment was changed since the revision that was named.',
    LOOKS_EXHAUSTED: 'All planned looks are used.',
    METHOD_NOT_AVAILABLE: 'This evaluation method or hash strategy is not available.',
    DESIGN_NOT_AVAILABLE: 'This design, or a ramp, is not available.',
    INVALID_TIMESTAMP: "An event's time is not an RFC 3339 instant in UTC.",
    TOO_OLD: 'An event is older than events are kept.',
    IN_FUTURE: "An event's time is more than 5 minutes ahead of the server's.",
    INVALID_VALUE: 'A value is null, not finite or over 1e12 in size.',
    UNKNOWN_EXPERIMENT: 'An event names an experiment that does not exist or never started.',
    UNKNOWN_METRIC: 'An event names a metric that no experiment uses.',
    VARIANT_MISMATCH: 'An exposure claims a variant that the server could not have served.',
    NO_UNIT: 'The unit lacks the id that is hashed.',
    BOT: 'The unit is a bot, which is never counted.',
    EVENT_ID_REUSED: 'The eventId was accepted before with other content.',
    IDEMPOTENCY_KEY_REUSED: 'The idempotencyKey was used before with other arguments.',
    IDEMPOTENCY_KEY_IN_USE: 'A request with this idempotencyKey is still running; retryable.',
    BATCH_TOO_LARGE: 'More events in one request than the 1,000 allowed.',
    UNAUTHENTICATED: 'No key, or one that is unknown, expired or revoked.',
    FORBIDDEN: "The key's scope does not include this.",
    RATE_LIMITED: 'Too many requests; retryable.',
    QUERY_TOO_COMPLEX: 'The document is too deep, too wide or too costly.',
    UNAVAILABLE: 'A store is away or the server is full, and nothing was done; retryable.',
    INTERNAL_SERVER_ERROR: "A fault of the server; its details are in the server's log under extensions.requestId.",
  },
);

@ObjectType('Problem', {
  simpleResolvers: true,
  description: 'One fault or warning about an input: as data here, and in the same shape in extensions.problems of an error.',
})
export class ProblemObject {
  @Field(() => ProblemCodeEnum, { description: 'What is wrong, for programs.' })
  readonly code!: ProblemCode;

  @Field(() => String, { description: 'What was received and what is expected, for people.' })
  readonly message!: string;

  @Field(() => [String], { description: 'Members and list positions that lead to it from the input, e.g. ["variants", "1", "weight"].' })
  readonly path!: readonly string[];

  @Field(() => Json, { nullable: true, description: 'What was received there, shortened when long.' })
  readonly received!: unknown;
}
