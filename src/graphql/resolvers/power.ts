import { Arg, Query, Resolver } from 'type-graphql';
import { planPower } from '../../core/power.js';
import { PowerInput, PowerPlanObject } from '../types/power.js';

/** Sample sizes. */
@Resolver()
export class PowerResolver {
  @Query(() => PowerPlanObject, {
    nullable: true,
    description: 'How many units an experiment needs, or what effect a number of units can find.',
  })
  power(@Arg('input', () => PowerInput, { description: 'The question.' }) input: PowerInput) {
    const { standardDeviation = null, minimumEffect = null, unitsPerVariant = null, unitsPerDay = null, ...question } = input;
    return planPower({ ...question, standardDeviation, minimumEffect, unitsPerVariant, unitsPerDay });
  }
}
