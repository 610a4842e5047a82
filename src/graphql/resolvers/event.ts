import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Unit } from '../../core/unit.js';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { TrackEventsInput, TrackEventsPayloadObject } from '../types/event.js';

function asBot<Item extends { readonly unit: Unit }>(item: Item): Item {
  return { ...item, unit: { ...item.unit, isBot: true } };
}

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
    @Ctx() { services, isFromCrawler }: Context,
  ) {
    const told = isFromCrawler ? { exposures: input.exposures.map(asBot), events: input.events.map(asBot) } : input;
    const { results, replayed, receivedAt } = await services.events.track(command, told);
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
