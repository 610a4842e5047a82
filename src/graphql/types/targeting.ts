import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType('Targeting', {
  simpleResolvers: true,
  description: 'Who is eligible, by predicates over attributes such as "region:US", "accountType:free|pro", "age>=18".',
})
export class TargetingObject {
  @Field(() => [String], { description: 'All must hold.' })
  readonly include!: readonly string[];

  @Field(() => [String], { description: 'None may hold.' })
  readonly exclude!: readonly string[];
}

@InputType('TargetingInput', {
  description: 'Who is eligible, by predicates over attributes such as "region:US", "accountType:free|pro", "age>=18".',
})
export class TargetingInput {
  @Field(() => [String], { defaultValue: [], description: 'All must hold.' })
  readonly include!: readonly string[];

  @Field(() => [String], { defaultValue: [], description: 'None may hold.' })
  readonly exclude!: readonly string[];
}
