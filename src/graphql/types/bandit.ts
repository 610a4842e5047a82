import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';

@ObjectType('BanditSettings', { simpleResolvers: true, description: 'How a bandit moves its weights.' })
export class BanditSettingsObject {
  @Field(() => Int, { description: 'Seconds between updates.' })
  readonly intervalSeconds!: number;

  @Field(() => Float, { description: 'Least weight of an enabled variant.' })
  readonly minWeight!: number;

  @Field(() => Float, { description: 'Greatest weight of a variant.' })
  readonly maxWeight!: number;

  @Field(() => Float, { description: 'Share of the previous weights kept at an update: 0 jumps, 0.9 is slow.' })
  readonly smoothing!: number;

  @Field(() => Int, { description: 'Matured units that every variant needs before any weight moves.' })
  readonly minUnitsPerArm!: number;

  @Field(() => Int, { description: 'Seconds after the start in which weights stay.' })
  readonly burnInSeconds!: number;

  @Field(() => Float, { description: 'How fast the uniform share of exploration fades: 0 keeps it, 1 ends it at once.' })
  readonly explorationDecay!: number;
}

@InputType('BanditSettingsInput', { description: 'How a bandit moves its weights; refused for other designs.' })
export class BanditSettingsInput {
  @Field(() => Int, { defaultValue: 60, description: 'Seconds between updates, 5 to 86,400.' })
  readonly intervalSeconds!: number;

  @Field(() => Float, { defaultValue: 0.05, description: 'Least weight of an enabled variant, in [0, 1].' })
  readonly minWeight!: number;

  @Field(() => Float, { defaultValue: 0.9, description: 'Greatest weight of a variant, in [0, 1].' })
  readonly maxWeight!: number;

  @Field(() => Float, { defaultValue: 0.3, description: 'Share of the previous weights kept at an update: 0 jumps, 0.9 is slow.' })
  readonly smoothing!: number;

  @Field(() => Int, { defaultValue: 100, description: 'Matured units that every variant needs before any weight moves.' })
  readonly minUnitsPerArm!: number;

  @Field(() => Int, { defaultValue: 0, description: 'Seconds after the start in which weights stay.' })
  readonly burnInSeconds!: number;

  @Field(() => Float, { defaultValue: 0.5, description: 'How fast the uniform share of exploration fades: 0 keeps it, 1 ends it at once.' })
  readonly explorationDecay!: number;
}
