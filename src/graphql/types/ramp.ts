import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';

@ObjectType('SwitchbackSettings', { simpleResolvers: true, description: 'Time windows in which each cluster keeps one variant.' })
export class SwitchbackSettingsObject {
  @Field(() => Int, { description: 'Length of a window, aligned to the epoch in UTC.' })
  readonly windowSeconds!: number;

  @Field(() => Int, { description: 'Time at the beginning of each window that is left out of the analysis.' })
  readonly burnInSeconds!: number;
}

@InputType('SwitchbackSettingsInput', { description: 'Time windows in which each cluster keeps one variant; SWITCHBACK needs it.' })
export class SwitchbackSettingsInput {
  @Field(() => Int, { description: 'Length of a window, aligned to the epoch in UTC.' })
  readonly windowSeconds!: number;

  @Field(() => Int, { defaultValue: 0, description: 'Time at the beginning of each window that is left out of the analysis.' })
  readonly burnInSeconds!: number;
}

@ObjectType('RampStep', { simpleResolvers: true, description: 'One step of a ramp.' })
export class RampStepObject {
  @Field(() => Float, { description: 'Traffic share during the step.' })
  readonly trafficAllocation!: number;

  @Field(() => Int, { description: 'How long the step is held while no guardrail is breached.' })
  readonly holdSeconds!: number;
}

@InputType('RampStepInput', { description: 'One step of a ramp.' })
export class RampStepInput {
  @Field(() => Float, { description: 'Traffic share during the step, greater than that of the step before.' })
  readonly trafficAllocation!: number;

  @Field(() => Int, { description: 'How long the step is held while no guardrail is breached.' })
  readonly holdSeconds!: number;
}
