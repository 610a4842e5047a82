import { Field, Float, ID, ObjectType } from 'type-graphql';
import { DateTime, SafeInt } from '../scalars.js';
import { Node } from './node.js';

@ObjectType('MetricTotals', { simpleResolvers: true, description: 'Totals of one metric in one variant, by units exposed there.' })
export class MetricTotalsObject {
  @Field(() => ID, { description: 'Key of the metric.' })
  readonly metric!: string;

  @Field(() => SafeInt, { description: 'Units with at least one event that counts.' })
  readonly units!: number;

  @Field(() => SafeInt, { description: 'Events that count.' })
  readonly events!: number;

  @Field(() => Float, { description: 'Sum of their values.' })
  readonly total!: number;
}

@ObjectType('VariantCounts', { simpleResolvers: true, description: 'Live counts of one variant.' })
export class VariantCountsObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => SafeInt, { description: 'Distinct units exposed, however often each met its variant.' })
  readonly exposures!: number;

  @Field(() => SafeInt, { description: 'Units exposed that have at least one event of the primary metric that counts.' })
  readonly conversions!: number;

  @Field(() => SafeInt, { description: "Events that count, of the experiment's metrics." })
  readonly events!: number;

  @Field(() => [MetricTotalsObject], { description: 'The same for each metric.' })
  readonly metrics!: readonly MetricTotalsObject[];
}

@ObjectType('ExperimentCounts', {
  implements: Node,
  simpleResolvers: true,
  description: 'Live counts of an experiment; one node an experiment, whose content moves on.',
})
export class ExperimentCountsObject implements Node {
  @Field(() => ID, { description: 'Opaque, unique over all types, the same for the life of the experiment.' })
  readonly id!: string;

  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => DateTime, { description: 'When they were read.' })
  readonly at!: Date;

  @Field(() => [VariantCountsObject], { description: "Counts of each variant, in the experiment's order, zeros too." })
  readonly variants!: readonly VariantCountsObject[];

  @Field(() => SafeInt, { description: 'Events turned away because they came from bots.' })
  readonly botEvents!: number;

  @Field(() => SafeInt, { description: 'Units whose exposure claimed a variant that they were not served.' })
  readonly mismatchedUnits!: number;
}
