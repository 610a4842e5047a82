import { Args, ArgsType, Ctx, Field, ID, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { presentPayload } from '../present/experiment.js';
import { ChangeArgs } from '../types/change-args.js';
import { ExperimentPayloadObject } from '../types/experiment-payloads.js';

@ArgsType()
class StartArgs extends ChangeArgs {
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'At 1% of traffic, with nothing registered yet.' })
  readonly dryRun!: boolean;
}

@ArgsType()
class PauseArgs extends ChangeArgs {
  @Field(() => String, { nullable: true, description: 'Why, for the audit log.' })
  readonly reason?: string | null;
}

@ArgsType()
class StopArgs extends PauseArgs {
  @Field(() => ID, {
    nullable: true,
    description:
      'Key of the variant to ship; left out: none, and every unit gets the control with NOT_RUNNING, or what is shipped already stays.',
  })
  readonly shipVariant?: string | null;
}

@ArgsType()
class RollBackArgs extends ChangeArgs {
  @Field(() => String, { description: 'Why, for the audit log and the alert.' })
  readonly reason!: string;
}

/** From draft to archive. */
@Resolver()
export class LifecycleResolver {
  @Mutation(() => ExperimentPayloadObject, { nullable: true, description: 'Registers the plan and starts, from DRAFT or DRY_RUN.' })
  async startExperiment(@Args(() => StartArgs) args: StartArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const { key, dryRun, expectedRevision = null } = args;
    return presentPayload(await services.lifecycle.start(command, key, { dryRun, expectedRevision }));
  }

  @Mutation(() => ExperimentPayloadObject, { nullable: true, description: 'Gives everybody the control until it is resumed.' })
  async pauseExperiment(@Args(() => PauseArgs) args: PauseArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.lifecycle.pause(command, args.key, args.reason ?? null, args.expectedRevision ?? null));
  }

  @Mutation(() => ExperimentPayloadObject, { nullable: true, description: 'Goes on after a pause; every unit has its variant again.' })
  async resumeExperiment(@Args(() => ChangeArgs) args: ChangeArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.lifecycle.resume(command, args.key, args.expectedRevision ?? null));
  }

  @Mutation(() => ExperimentPayloadObject, { nullable: true, description: 'Sets a halted bandit going again.' })
  async resumeBandit(@Args(() => ChangeArgs) args: ChangeArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.lifecycle.resumeBandit(command, args.key, args.expectedRevision ?? null));
  }

  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description: 'Ends it with a last evaluation and ships a variant to every unit, or none; on a stopped one it ships another.',
  })
  async stopExperiment(@Args(() => StopArgs) args: StopArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const { key, shipVariant = null, reason = null, expectedRevision = null } = args;
    return presentPayload(await services.lifecycle.stop(command, key, shipVariant, reason, expectedRevision));
  }

  @Mutation(() => ExperimentPayloadObject, { nullable: true, description: 'Ends it for harm: every unit gets the control, at once.' })
  async rollbackExperiment(@Args(() => RollBackArgs) args: RollBackArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.lifecycle.rollBack(command, args.key, args.reason, args.expectedRevision ?? null));
  }

  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description: 'Puts an ended experiment away: its units get the control with NOT_RUNNING, so its code should be gone by then.',
  })
  async archiveExperiment(@Args(() => ChangeArgs) args: ChangeArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.lifecycle.archive(command, args.key, args.expectedRevision ?? null));
  }
}
