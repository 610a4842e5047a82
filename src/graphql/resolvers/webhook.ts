import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { WebhookEndpointObject } from '../types/webhook.js';

/** For those who run the service: whether the outside hears of it. */
@Resolver()
export class WebhookResolver {
  @Query(() => [WebhookEndpointObject], {
    nullable: true,
    description: 'Receivers of webhooks that have had a message in the last 30 days, by name (ADMIN).',
  })
  webhooks(@Ctx() { services }: Context) {
    return services.outbox.backlog();
  }
}
