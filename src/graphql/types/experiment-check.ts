import { Field, ObjectType } from 'type-graphql';
import { AssignmentObject } from './assignment.js';
import { ExperimentObject } from './experiment.js';
import { ChangeObject } from './experiment-payloads.js';
import { ProblemObject } from './problem.js';

@ObjectType('ExperimentCheck', { simpleResolvers: true, description: 'What applyExperiment would find and do, without doing it.' })
export class ExperimentCheckObject {
  @Field(() => [ProblemObject], { description: 'Everything that would be refused; empty when the input would be accepted.' })
  readonly problems!: readonly ProblemObject[];

  @Field(() => [ProblemObject], { description: 'What is accepted but unwise.' })
  readonly warnings!: readonly ProblemObject[];

  @Field(() => ExperimentObject, { nullable: true, description: 'The experiment of that key as it is; null when it would be created.' })
  readonly experiment!: ExperimentObject | null;

  @Field(() => [ChangeObject], { description: 'Where it differs from the input; empty when nothing would change.' })
  readonly changes!: readonly ChangeObject[];

  @Field(() => AssignmentObject, {
    nullable: true,
    description: 'What the unit would get if this were running; null when none was given or the input has problems.',
  })
  readonly assignment!: AssignmentObject | null;
}
