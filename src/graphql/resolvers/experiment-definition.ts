import { Arg, Args, ArgsType, Ctx, Field, ID, Int, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { nodeId } from '../node-id.js';
import { presentChange, presentExperiment, presentProblem } from '../present/experiment.js';
import { ChangeArgs, IdempotentArgs } from '../types/change-args.js';
import { CreateExperimentInput, UpdateExperimentInput } from '../types/experiment-inputs.js';
import { ApplyExperimentPayloadObject, DeleteExperimentPayloadObject, ExperimentPayloadObject } from '../types/experiment-payloads.js';
import { presentPayload } from '../present/experiment.js';

@ArgsType()
class DefinitionArgs extends IdempotentArgs {
  @Field(() => CreateExperimentInput, { description: 'The whole experiment.' })
  readonly input!: CreateExperimentInput;
}

@ArgsType()
class ApplyArgs extends DefinitionArgs {
  @Field(() => Int, { nullable: true, description: 'Revision that was checked; 0 when it must not exist yet.' })
  readonly expectedRevision?: number | null;
}

@Resolver()
export class ExperimentDefinitionResolver {
  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description: 'Creates a draft; EXPERIMENT_KEY_TAKEN when the key is in use.',
  })
  async createExperiment(@Args(() => DefinitionArgs) { input }: DefinitionArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.experiments.create(command, input));
  }
}
