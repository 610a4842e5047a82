import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Unit } from '../../core/unit.js';
import type { Context } from '../context.js';
import { AssignmentObject } from '../types/assignment.js';
import { UnitInput } from '../types/unit.js';

/** The unit with what its connection tells of it: whether it is a bot, and the id of its browser, made when an experiment that is asked for needs one. */
export function withDevice(context: Context, given: UnitInput, experimentKeys: readonly string[] | null): Unit {
  const { services, device, isFromCrawler } = context;
  const unit = isFromCrawler ? { ...given, isBot: true } : given;
  if (unit.deviceId !== undefined && unit.deviceId !== null) return unit;
  if (device.id !== null) return { ...unit, deviceId: device.id };
  return services.assignments.needDevice(experimentKeys) ? { ...unit, deviceId: device.claim() } : unit;
}

/** What units get. */
@Resolver()
export class AssignmentResolver {
  @Query(() => AssignmentObject, {
    description:
      'What a unit gets in one experiment: pure, from memory, with a reason in place of errors, which only malformed input gives (CLIENT).',
  })
  assignment(
    @Arg('experimentKey', () => ID, { description: 'Key of the experiment.' }) experimentKey: string,
    @Arg('unit', () => UnitInput, { description: 'Who asks.' }) unit: UnitInput,
    @Ctx() context: Context,
  ) {
    context.asked.for = 'assignment';
    return context.services.assignments.assignment(experimentKey, withDevice(context, unit, [experimentKey]));
  }

  @Query(() => [AssignmentObject], { description: 'The same for many experiments in one answer (CLIENT).' })
  assignments(
    @Arg('unit', () => UnitInput, { description: 'Who asks.' }) unit: UnitInput,
    @Arg('experimentKeys', () => [ID], {
      nullable: true,
      description:
        'Keys of the experiments, at most 100, answered in this order; left out: all that run, dry-run, are paused or have shipped, until archived, by key.',
    })
    experimentKeys: readonly string[] | undefined,
    @Ctx() context: Context,
  ) {
    context.asked.for = 'assignment';
    const keys = experimentKeys ?? null;
    return context.services.assignments.assignments(keys, withDevice(context, unit, keys));
  }

  @Mutation(() => AssignmentObject, {
    description: 'assignment, and the exposure recorded; it answers also when the exposure could not be (CLIENT).',
  })
  assign(
    @Arg('experimentKey', () => ID, { description: 'Key of the experiment.' }) experimentKey: string,
    @Arg('unit', () => UnitInput, { description: 'Who asks.' }) unit: UnitInput,
    @Ctx() context: Context,
  ) {
    context.asked.for = 'assign';
    return context.services.assignments.assign(experimentKey, withDevice(context, unit, [experimentKey]));
  }
}
