import { Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { ProblemCode } from '../../core/errors.js';
import type { EventStatus } from '../../core/event.js';
import { enumType } from '../enum-type.js';
import { DateTime } from '../scalars.js';
import { ProblemCodeEnum } from './problem.js';
import { UnitInput } from './unit.js';

@InputType('ExposureInput', { description: 'A unit has met its variant.' })
export class ExposureInput {
  @Field(() => ID, {
    description:
      'Given by the sender and kept over its retries, up to 256 bytes; counted once, whatever is sent again, in one space with those of metric events.',
  })
  readonly eventId!: string;

  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => UnitInput, { description: 'Who met it, with the attributes that its segments are made from.' })
  readonly unit!: UnitInput;

  @Field(() => ID, {
    description: 'Key of the variant that the unit saw; refused as VARIANT_MISMATCH where the server could not have served it.',
  })
  readonly variant!: string;

  @Field(() => Int, { nullable: true, description: 'Version of the allocation that served it; left out: any version so far.' })
  readonly allocationVersion?: number | null;

  @Field(() => String, {
    description:
      "When, by the sender's clock, as a DateTime kept to the millisecond; text here, so that a bad one is refused as INVALID_TIMESTAMP alone and not with its batch.",
  })
  readonly occurredAt!: string;
}

@InputType('MetricEventInput', { description: 'A unit has done something.' })
export class MetricEventInput {
  @Field(() => ID, {
    description:
      'Given by the sender and kept over its retries, up to 256 bytes; counted once, whatever is sent again, in one space with those of exposures.',
  })
  readonly eventId!: string;

  @Field(() => ID, { description: 'Key of the metric.' })
  readonly metric!: string;

  @Field(() => UnitInput, { description: 'Who did it, by every id that experiments may hash.' })
  readonly unit!: UnitInput;

  @Field(() => Float, {
    nullable: true,
    defaultValue: 1,
    description:
      'How much, at most 1e12 in size, kept to 9 decimals; 1 when left out, and null, as JSON writes NaN, is refused as INVALID_VALUE alone.',
  })
  readonly value?: number | null;

  @Field(() => String, {
    description:
      "When, by the sender's clock, as a DateTime kept to the millisecond; text here, so that a bad one is refused as INVALID_TIMESTAMP alone and not with its batch.",
  })
  readonly occurredAt!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Only for this experiment; left out: every experiment that the unit was exposed to and that uses the metric.',
  })
  readonly experimentKey?: string | null;
}

@InputType('TrackEventsInput', { description: 'Exposures and metric events, at most 1,000 together.' })
export class TrackEventsInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'Of the whole request: the same key with the same content gets the same answer again; with other content IDEMPOTENCY_KEY_REUSED.',
  })
  readonly idempotencyKey?: string | null;

  @Field(() => [ExposureInput], { defaultValue: [], description: 'Units that have met their variants.' })
  readonly exposures!: readonly ExposureInput[];

  @Field(() => [MetricEventInput], { defaultValue: [], description: 'What units have done.' })
  readonly events!: readonly MetricEventInput[];
}

export const EventStatusEnum = enumType<EventStatus>('EventStatus', 'What became of an event.', {
  ACCEPTED: "Stored, and counted or waiting for the unit's exposure.",
  DUPLICATE: 'Accepted before, with the same content.',
  REJECTED: 'Refused for good: sending it again unchanged is no use.',
});

@ObjectType('EventResult', { simpleResolvers: true, description: 'What became of one event.' })
export class EventResultObject {
  @Field(() => ID, { description: 'Its eventId.' })
  readonly eventId!: string;

  @Field(() => EventStatusEnum, { description: 'What became of it.' })
  readonly status!: EventStatus;

  @Field(() => ProblemCodeEnum, { nullable: true, description: 'Why it was rejected; null otherwise.' })
  readonly code!: ProblemCode | null;

  @Field(() => String, { nullable: true, description: 'The same for people, with what was received and what is expected.' })
  readonly message!: string | null;
}

@ObjectType('TrackEventsPayload', {
  simpleResolvers: true,
  description: 'The answer to trackEvents, given once all accepted events are committed to the database.',
})
export class TrackEventsPayloadObject {
  @Field(() => Int, { description: 'Number of events accepted.' })
  readonly accepted!: number;

  @Field(() => Int, { description: 'Number of events that had been accepted before.' })
  readonly duplicates!: number;

  @Field(() => Int, { description: 'Number of events rejected.' })
  readonly rejected!: number;

  @Field(() => [EventResultObject], {
    description: 'One for each event: the exposures in the order sent, then the metric events in the order sent.',
  })
  readonly results!: readonly EventResultObject[];

  @Field(() => Boolean, { description: 'Whether this answer was given before to the same idempotencyKey.' })
  readonly replayed!: boolean;

  @Field(() => DateTime, { description: "The server's clock, by which IN_FUTURE and TOO_OLD are judged." })
  readonly receivedAt!: Date;
}
