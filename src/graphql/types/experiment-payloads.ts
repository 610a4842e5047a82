import { Field, ID, ObjectType } from 'type-graphql';
import type { ApplyOutcome } from '../../core/apply-outcome.js';
import { enumType } from '../enum-type.js';
import { Json } from '../scalars.js';
import { EvaluationObject } from './evaluation.js';
import { ExperimentObject } from './experiment.js';
import { ProblemObject } from './problem.js';

@ObjectType('Change', { simpleResolvers: true, description: 'A member in which an experiment differs from an input.' })
export class ChangeObject {
  @Field(() => [String], { description: 'Members and list positions that lead to it.' })
  readonly path!: readonly string[];

  @Field(() => Json, { nullable: true, description: 'What is there; null when nothing is.' })
  readonly before!: unknown;

  @Field(() => Json, { nullable: true, description: 'What the input asks for; null when nothing.' })
  readonly after!: unknown;

  @Field(() => Boolean, { description: "Whether the experiment's status forbids it (PLAN_LOCKED)." })
  readonly locked!: boolean;
}

@ObjectType('ExperimentPayload', { simpleResolvers: true, description: 'An experiment after a change.' })
export class ExperimentPayloadObject {
  @Field(() => ExperimentObject, { description: 'The experiment as it is now.' })
  readonly experiment!: ExperimentObject;

  @Field(() => [ProblemObject], { description: 'What was accepted but is unwise.' })
  readonly warnings!: readonly ProblemObject[];
}

export const ApplyOutcomeEnum = enumType<ApplyOutcome>('ApplyOutcome', 'What applyExperiment did.', {
  CREATED: 'There was none of that key, and it was created as a draft.',
  UPDATED: 'It was brought up to the input.',
  UNCHANGED: 'It was so already.',
});

@ObjectType('ApplyExperimentPayload', { simpleResolvers: true, description: 'An experiment after applyExperiment.' })
export class ApplyExperimentPayloadObject {
  @Field(() => ExperimentObject, { description: 'The experiment as it is now.' })
  readonly experiment!: ExperimentObject;

  @Field(() => ApplyOutcomeEnum, { description: 'What was done.' })
  readonly outcome!: ApplyOutcome;

  @Field(() => [ChangeObject], { description: 'What was changed.' })
  readonly changes!: readonly ChangeObject[];

  @Field(() => [ProblemObject], { description: 'What was accepted but is unwise.' })
  readonly warnings!: readonly ProblemObject[];
}

@ObjectType('DeleteExperimentPayload', { simpleResolvers: true, description: 'A draft that is gone.' })
export class DeleteExperimentPayloadObject {
  @Field(() => ID, { description: 'Its id, for client caches.' })
  readonly deletedId!: string;

  @Field(() => ID, { description: 'Its key.' })
  readonly deletedKey!: string;
}

@ObjectType('EvaluateExperimentPayload', { simpleResolvers: true, description: 'An evaluation made on request.' })
export class EvaluateExperimentPayloadObject {
  @Field(() => EvaluationObject, { description: 'The evaluation.' })
  readonly evaluation!: EvaluationObject;

  @Field(() => ExperimentObject, { description: 'The experiment as it is now.' })
  readonly experiment!: ExperimentObject;
}
