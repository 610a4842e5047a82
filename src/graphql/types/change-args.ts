import { ArgsType, Field, ID, Int } from 'type-graphql';

@ArgsType()
export class IdempotentArgs {
  @Field(() => ID, { nullable: true, description: 'Makes a repetition give the first outcome without a second effect.' })
  readonly idempotencyKey?: string | null;
}

/** Arguments of every change of one experiment by its key. */
@ArgsType()
export class ChangeArgs extends IdempotentArgs {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly key!: string;

  @Field(() => Int, { nullable: true, description: 'Revision it was made against.' })
  readonly expectedRevision?: number | null;
}
