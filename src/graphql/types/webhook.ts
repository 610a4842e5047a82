import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime, SafeInt } from '../scalars.js';

/** How webhooks fare. */

@ObjectType('WebhookFailure', { simpleResolvers: true, description: 'Why a webhook did not arrive.' })
export class WebhookFailureObject {
  @Field(() => DateTime, { description: 'When it was tried.' })
  readonly at!: Date;

  @Field(() => String, { description: 'What the receiver answered, or why it did not.' })
  readonly error!: string;
}

@ObjectType('WebhookEndpoint', {
  simpleResolvers: true,
  description: 'A receiver of webhooks, as it fared with the messages of the last 30 days.',
})
export class WebhookEndpointObject {
  @Field(() => ID, { description: 'Its name.' })
  readonly endpoint!: string;

  @Field(() => SafeInt, { description: 'Messages that are yet to arrive.' })
  readonly pending!: number;

  @Field(() => DateTime, { nullable: true, description: 'When the oldest of those came to be; null when there are none.' })
  readonly oldestPendingAt!: Date | null;

  @Field(() => SafeInt, { description: 'Messages that have arrived.' })
  readonly delivered!: number;

  @Field(() => SafeInt, { description: 'Messages that had not arrived after a day, and are not sent any more.' })
  readonly givenUp!: number;

  @Field(() => DateTime, { nullable: true, description: 'When the last one arrived; null before the first.' })
  readonly lastDeliveredAt!: Date | null;

  @Field(() => WebhookFailureObject, { nullable: true, description: 'The last one that did not; null when all did at once.' })
  readonly lastFailure!: WebhookFailureObject | null;
}
