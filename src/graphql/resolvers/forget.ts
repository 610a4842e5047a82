import { Args, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { ForgetUnitArgs, ForgetUnitPayloadObject } from '../types/forget.js';

/** Deletion of one unit's data on request. */
@Resolver()
export class ForgetResolver {
  @Mutation(() => ForgetUnitPayloadObject, {
    nullable: true,
    description: `Deletes all that is kept of one unit; can be repeated, and is to be repeated after UNAVAILABLE.
Sums that many units made together stay, and so do ids of events: what was counted has counted once, and a late repetition is a DUPLICATE.`,
  })
  forgetUnit(
    @Args(() => ForgetUnitArgs) { unitId, hashKey = null }: ForgetUnitArgs,
    @CommandOf() command: Command,
    @Ctx() { services }: Context,
  ) {
    return services.forget.unit(command, { unitId, hashKey });
  }
}
