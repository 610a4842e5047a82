import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { Json } from '../scalars.js';
import { Node } from './node.js';

@ObjectType('Variant', { implements: Node, simpleResolvers: true, description: 'One of the versions that are compared.' })
export class VariantObject implements Node {
  readonly id!: string;

  @Field(() => ID, { description: 'Handle, unique within the experiment.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Name for people.' })
  readonly name!: string | null;

  @Field(() => Float, { description: 'Share of included units at the start, in [0, 1].' })
  readonly weight!: number;

  @Field(() => Float, { nullable: true, description: 'Share of included units now, in [0, 1]; null before the start.' })
  readonly currentWeight!: number | null;

  @Field(() => Boolean, { description: 'Whether the others are compared with it.' })
  readonly isControl!: boolean;

  @Field(() => Boolean, { description: 'Whether it is served, see toggleVariant.' })
  readonly enabled!: boolean;

  @Field(() => Json, { nullable: true, description: 'What the front end gets with it.' })
  readonly payload!: unknown;
}

@InputType('VariantInput', { description: 'A variant to be compared.' })
export class VariantInput {
  @Field(() => ID, { description: 'Handle, unique within the experiment.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Name for people.' })
  readonly name?: string | null;

  @Field(() => Float, { description: 'Share of included units at the start, in [0, 1].' })
  readonly weight!: number;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the others are compared with it; the first variant when none says so.',
  })
  readonly isControl!: boolean;

  @Field(() => Json, { nullable: true, description: 'What the front end gets with it.' })
  readonly payload?: unknown;
}
