import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { validationWords } from '../../core/validation.js';
import type { Context } from '../context.js';
import type { PresentedExperiment } from '../present/experiment.js';
import { ExperimentObject } from '../types/experiment.js';
import { ValidationObject } from '../types/validation.js';

/** What the dry run of an experiment came to. */
@Resolver(() => ExperimentObject)
export class ValidationResolver {
  @FieldResolver(() => ValidationObject, {
    nullable: true,
    description: 'Verdict on its dry run: as of now while one is under way, as it was at its end afterwards.',
  })
  async validation(@Root() { source }: PresentedExperiment, @Ctx() { batches }: Context): Promise<ValidationObject> {
    const validation = await batches().validation(source);
    return { ...validation, summary: validationWords(validation) };
  }
}
