import { Args, ArgsType, Ctx, Field, Int, Mutation, Resolver } from 'type-graphql';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { definitionUpdate } from '../definition-update.js';
import { nodeId } from '../node-id.js';
import { presentChange, presentPayload } from '../present/experiment.js';
import { ChangeArgs, IdempotentArgs } from '../types/change-args.js';
import { CreateExperimentInput, UpdateExperimentInput } from '../types/experiment-inputs.js';
import { ApplyExperimentPayloadObject, DeleteExperimentPayloadObject, ExperimentPayloadObject } from '../types/experiment-payloads.js';

@ArgsType()
class CreateArgs extends IdempotentArgs {
  @Field(() => CreateExperimentInput, { description: 'The whole experiment.' })
  readonly input!: CreateExperimentInput;
}

@ArgsType()
class UpdateArgs extends IdempotentArgs {
  @Field(() => UpdateExperimentInput, { description: 'The change.' })
  readonly input!: UpdateExperimentInput;
}

@ArgsType()
class ApplyArgs extends CreateArgs {
  @Field(() => Int, { nullable: true, description: 'Revision that was checked; 0 when it must not exist yet.' })
  readonly expectedRevision?: number | null;
}

/** Writing experiments down. */
@Resolver()
export class ExperimentDefinitionResolver {
  @Mutation(() => ExperimentPayloadObject, {
    nullable: true,
    description: 'Creates a draft; EXPERIMENT_KEY_TAKEN when the key is in use.',
  })
  async createExperiment(@Args(() => CreateArgs) { input }: CreateArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    return presentPayload(await services.experiments.create(command, input));
  }

  @Mutation(() => ExperimentPayloadObject, { nullable: true, description: 'Changes some members.' })
  async updateExperiment(@Args(() => UpdateArgs) { input }: UpdateArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const update = definitionUpdate(input);
    return presentPayload(await services.experiments.update(command, input.key, update, input.expectedRevision ?? null));
  }

  @Mutation(() => ApplyExperimentPayloadObject, {
    nullable: true,
    description:
      'Creates the experiment or brings it up to this definition, weights of a started one excepted; the same input twice changes nothing.',
  })
  async applyExperiment(@Args(() => ApplyArgs) args: ApplyArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const applied = await services.experiments.apply(command, args.input, args.expectedRevision ?? null);
    return { ...presentPayload(applied), outcome: applied.outcome, changes: applied.changes.map(presentChange) };
  }

  @Mutation(() => DeleteExperimentPayloadObject, { nullable: true, description: 'Removes a draft.' })
  async deleteExperiment(@Args(() => ChangeArgs) args: ChangeArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const gone = await services.experiments.remove(command, args.key, args.expectedRevision ?? null);
    return { deletedId: nodeId('Experiment', gone.id), deletedKey: gone.definition.key };
  }
}
