import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { TrackEventsInput, TrackEventsPayloadObject } from '../types/event.js';

/** Exposures and metric events. */
@Resolver()
export class EventResolver {
  @Mutation(() => TrackEventsPayloadObject, {
    nullable: true,
    description: 'Counts exposures and metric events exactly once, each with its own result; UNAVAILABLE when nothing was stored (CLIENT).',
  })
  async trackEvents(
    @Arg('input', () => TrackEventsInput, { description: 'The events.' }) input: TrackEventsInput,
    @CommandOf() command: Command,
    @Ctx() { services }: Context,
  ) {
    const { results, replayed, receivedAt } = await services.events.track(command, input);
    const number = (status: string) => results.filter((result) => result.status === status).length;
    return {
      accepted: number('ACCEPTED'),
      duplicates: number('DUPLICATE'),
      rejected: number('REJECTED'),
      results,
      replayed,
      receivedAt: new Date(receivedAt),
    };
  }
}
