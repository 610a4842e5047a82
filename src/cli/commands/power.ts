import type { Command } from 'commander';
import { numberOf, sessionOf } from '../command.js';

interface PowerPlan {
  readonly unitsPerVariant: number;
  readonly totalUnits: number;
  readonly days: number | null;
  readonly minimumEffect: number;
  readonly power: number;
}

/** `power`: the size of an experiment. */
export function addPowerCommand(program: Command): void {
  program
    .command('power')
    .description('how many units a plan needs, or what effect a number of units finds')
    .requiredOption('--baseline <mean>', "the control's mean; its rate for conversions", numberOf('--baseline'))
    .option('--type <type>', 'CONVERSION, COUNT or CONTINUOUS', 'CONVERSION')
    .option('--deviation <sd>', 'standard deviation a unit; not for conversions', numberOf('--deviation'))
    .option('--effect <share>', 'relative change to be found, e.g. 0.05', numberOf('--effect'))
    .option('--units <n>', 'units a variant that can be had, in place of --effect', numberOf('--units'))
    .option('--variants <n>', 'the control included', numberOf('--variants'), 2)
    .option('--method <method>', 'as in the plan', 'ALWAYS_VALID')
    .option('--alpha <share>', 'chance of a false positive', numberOf('--alpha'), 0.05)
    .option('--power <share>', 'chance of finding the effect', numberOf('--power'), 0.8)
    .option('--looks <n>', 'of metered methods', numberOf('--looks'), 5)
    .option('--per-day <n>', 'new units a day', numberOf('--per-day'))
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  bellwether power --baseline 0.05 --effect 0.1 --per-day 4000')
    .action(async (options: Record<string, number | string | boolean | undefined>, command: Command) => {
      const { api, out } = sessionOf(command);
      const { type, deviation, effect, units, method, looks, perDay, json, ...same } = options;
      const input = {
        ...same,
        metricType: String(type).toUpperCase(),
        method: String(method).toUpperCase(),
        standardDeviation: deviation,
        minimumEffect: effect,
        unitsPerVariant: units,
        maxPeeks: looks,
        unitsPerDay: perDay,
      };
      const { power } = await api<{ power: PowerPlan }>(
        'query CliPower($input: PowerInput!) { power(input: $input) { unitsPerVariant totalUnits days minimumEffect power } }',
        { input },
      );
      if (json) return out.json(power);
      const days = power.days === null ? '' : `, ${power.days.toFixed(1)} days`;
      out.print(`${power.unitsPerVariant} units a variant, ${power.totalUnits} in all${days},`);
      out.print(`find ${(power.minimumEffect * 100).toPrecision(3)}% with a chance of ${(power.power * 100).toPrecision(3)}%.`);
    });
}
