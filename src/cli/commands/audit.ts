import type { Command } from 'commander';
import { numberOf, sessionOf } from '../command.js';

interface Entry {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly experimentKey: string | null;
  readonly reason: string | null;
}

/** `audit`: who changed what. */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('who changed what, newest first')
    .argument('[key]', 'only this experiment')
    .option('--limit <n>', 'how many at most, up to 100', numberOf('--limit'), 20)
    .option('--json', 'as JSON, with what was before and after')
    .action(async (key: string | undefined, { limit, json = false }: { limit: number; json?: boolean }, command: Command) => {
      const { api, out } = sessionOf(command);
      const { auditLog } = await api<{ auditLog: { nodes: readonly Entry[] } }>(
        `query CliAudit($first: Int, $filter: AuditFilter) {
          auditLog(first: $first, filter: $filter) { nodes { at actor action experimentKey reason before after } } }`,
        { first: limit, filter: key === undefined ? null : { experimentKey: key } },
      );
      if (json) return out.json(auditLog.nodes);
      out.table(
        ['AT', 'WHO', 'WHAT', 'EXPERIMENT', 'WHY'],
        auditLog.nodes.map(({ at, actor, action, experimentKey, reason }) => [at, actor, action, experimentKey, reason]),
      );
    });
}
