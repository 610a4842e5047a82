import { Args, ArgsType, Ctx, Field, Float, ID, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { presentPayload } from '../present/experiment.js';
import { VariantWeightInput } from '../types/allocation.js';
import { ChangeArgs, IdempotentArgs } from '../types/change-args.js';
import { ExperimentPayloadObject } from '../types/experiment-payloads.js';

@ArgsType()
class WeightsArgs extends ChangeArgs {
  @Field(() => [VariantWeightInput], { description: 'One for each enabled variant.' })
  readonly weights!: readonly VariantWeightInput[];
}

@ArgsType()
class TrafficArgs extends ChangeArgs {
  @Field(() => Float, { description: 'The share, in [0, 1].' })
  readonly trafficAllocation!: number;
}

@ArgsType()
class ToggleArgs extends ChangeArgs {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => Boolean, { description: 'Whether it is served.' })
  readonly enabled!: boolean;
}

@ArgsType()
class OverrideArgs extends IdempotentArgs {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly key!: string;

  @Field(() => ID, { description: "The unit's id, as named by hashKey." })
  readonly unitId!: string;

  @Field(() => ID, { nullable: true, description: 'Key of the variant; left out: the override is removed.' })
  readonly variant?: string | null;
}

/** Who gets what: weights, traffic share, switches, overrides. */
@Resolver()
export class AllocationResolver {
  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description:
      'Sets the weights of all enabled variants, which sum to 1 within 1e-9, or WEIGHTS_DO_NOT_SUM_TO_ONE; on a draft those of its definition.',
  })
  async setWeights(@Args(() => WeightsArgs) args: WeightsArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.allocations.setWeights(command, args.key, args.weights, args.expectedRevision ?? null));
  }

  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description: 'Sets the share of eligible units that is included; raising it moves nobody.',
  })
  async setTrafficAllocation(@Args(() => TrafficArgs) args: TrafficArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const { key, trafficAllocation, expectedRevision = null } = args;
    return presentPayload(await services.allocations.setTrafficAllocation(command, key, trafficAllocation, expectedRevision));
  }

  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description:
      'Switches one variant off at once, its units getting the control and its share going to the others, or on again; the control stays on.',
  })
  async toggleVariant(@Args(() => ToggleArgs) args: ToggleArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const { key, variant, enabled, expectedRevision = null } = args;
    return presentPayload(await services.allocations.toggleVariant(command, key, variant, enabled, expectedRevision));
  }

  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description: 'Forces the variant of one unit, which is not counted from then on.',
  })
  async setOverride(@Args(() => OverrideArgs) args: OverrideArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.allocations.setOverride(command, args.key, args.unitId, args.variant ?? null));
  }
}
