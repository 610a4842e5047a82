import type { Command } from 'commander';
import { objectOf, sessionOf, UsageError } from '../command.js';

interface Assignment {
  readonly experimentKey: string;
  readonly variant: string;
  readonly reason: string;
  readonly inExperiment: boolean;
}

interface AssignOptions {
  readonly user?: string;
  readonly device?: string;
  readonly tenant?: string;
  readonly attributes?: Record<string, unknown>;
  readonly json?: boolean;
}

/** `assign`: what a unit gets. Asks only; nothing is recorded. */
export function addAssignCommand(program: Command): void {
  program
    .command('assign')
    .description('what a unit gets, of one experiment or of all; records nothing')
    .argument('[key]')
    .option('--user <id>')
    .option('--device <id>')
    .option('--tenant <id>')
    .option('--attributes <json>', `facts for targeting, e.g. '{"region":"US"}'`, objectOf('--attributes'))
    .option('--json', 'as JSON')
    .action(async (key: string | undefined, { user, device, tenant, attributes, json }: AssignOptions, command: Command) => {
      if (user === undefined && device === undefined && tenant === undefined && attributes === undefined) {
        throw new UsageError('Which unit? Give --user, --device, --tenant or --attributes.');
      }
      const { api, out } = sessionOf(command);
      const unit = { userId: user, deviceId: device, tenantId: tenant, attributes };
      const { assignments } = await api<{ assignments: readonly Assignment[] }>(
        `query CliAssign($unit: UnitInput!, $keys: [ID!]) {
          assignments(unit: $unit, experimentKeys: $keys) { experimentKey variant reason inExperiment payload allocationVersion } }`,
        { unit, keys: key === undefined ? null : [key] },
      );
      if (json) return out.json(assignments);
      out.table(
        ['EXPERIMENT', 'VARIANT', 'REASON', 'IN'],
        assignments.map(({ experimentKey, variant, reason, inExperiment }) => [
          experimentKey,
          variant,
          reason,
          inExperiment ? 'yes' : 'no',
        ]),
      );
    });
}
