import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DateTime, Json } from '../scalars.js';
import { Node } from './node.js';
import { connectionType } from './page.js';

@ObjectType('AuditEntry', { implements: Node, simpleResolvers: true, description: 'Who changed what, when, from what to what.' })
export class AuditEntryObject implements Node {
  readonly id!: string;

  @Field(() => DateTime, { description: 'When.' })
  readonly at!: Date;

  @Field(() => String, { description: 'Who: the name of the key, or bandit, guardrail, evaluator or ramp.' })
  readonly actor!: string;

  @Field(() => String, { description: 'What: the name of the mutation, or of the rule that acted.' })
  readonly action!: string;

  @Field(() => ID, { nullable: true, description: 'Key of the experiment, if it was about one.' })
  readonly experimentKey!: string | null;

  @Field(() => String, { nullable: true, description: 'Why, if it was said.' })
  readonly reason!: string | null;

  @Field(() => Json, { nullable: true, description: 'What it was; null when it is new.' })
  readonly before!: unknown;

  @Field(() => Json, { nullable: true, description: 'What it is; null when it is gone.' })
  readonly after!: unknown;
}

@InputType('AuditFilter', { description: 'Which audit entries are wanted: those that meet every member that is given.' })
export class AuditFilter {
  @Field(() => ID, { nullable: true, description: 'Those about this experiment.' })
  readonly experimentKey?: string | null;

  @Field(() => String, { nullable: true, description: 'Those by this actor.' })
  readonly actor?: string | null;

  @Field(() => String, { nullable: true, description: 'Those of this action.' })
  readonly action?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Those at or after it.' })
  readonly from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Those before it.' })
  readonly to?: Date | null;
}

export const AuditConnection = connectionType('Audit', AuditEntryObject, {
  edge: 'An audit entry',
  node: 'The entry',
  many: 'audit entries',
});
