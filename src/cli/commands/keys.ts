import type { Command } from 'commander';
import { sessionOf } from '../command.js';

interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly prefix: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

const members = 'id name scope prefix createdAt lastUsedAt expiresAt revokedAt';

/** `keys`: who may call. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('API keys');

  keys
    .command('list')
    .description('all keys, newest first')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const { api, out } = sessionOf(command);
      const { apiKeys } = await api<{ apiKeys: readonly ApiKey[] }>(`query CliKeys { apiKeys { ${members} } }`);
      if (json) return out.json(apiKeys);
      out.table(
        ['NAME', 'SCOPE', 'BEGINS', 'LAST USED', 'STATE', 'ID'],
        apiKeys.map(({ name, scope, prefix, lastUsedAt, revokedAt, expiresAt, id }) => [
          name,
          scope,
          prefix,
          lastUsedAt,
          revokedAt ? `revoked ${revokedAt}` : expiresAt ? `until ${expiresAt}` : 'valid',
          id,
        ]),
      );
    });

  keys
    .command('create')
    .description('a new key; its secret is shown once, on stdout')
    .argument('<name>')
    .requiredOption('--scope <scope>', 'CLIENT, SERVER, READ or ADMIN')
    .option('--expires <time>', 'RFC 3339 in UTC')
    .action(async (name: string, { scope, expires }: { scope: string; expires?: string }, command: Command) => {
      const { api, out } = sessionOf(command);
      const { createApiKey } = await api<{ createApiKey: { secret: string; apiKey: ApiKey } }>(
        `mutation CliCreateKey($name: String!, $scope: ApiKeyScope!, $expiresAt: DateTime) {
          createApiKey(name: $name, scope: $scope, expiresAt: $expiresAt) { secret apiKey { ${members} } } }`,
        { name, scope: scope.toUpperCase(), expiresAt: expires },
      );
      out.note(`${createApiKey.apiKey.name}, scope ${createApiKey.apiKey.scope}. This is shown only now:`);
      out.print(createApiKey.secret);
    });

  keys
    .command('revoke')
    .description('ends a key at once, open subscriptions too')
    .argument('<id>', 'as "keys list" shows it')
    .action(async (id: string, _: object, command: Command) => {
      const { api, out } = sessionOf(command);
      const { revokeApiKey } = await api<{ revokeApiKey: { apiKey: ApiKey } }>(
        `mutation CliRevokeKey($id: ID!) { revokeApiKey(id: $id) { apiKey { ${members} } } }`,
        { id },
      );
      out.print(`${revokeApiKey.apiKey.name}: revoked`);
    });
}
