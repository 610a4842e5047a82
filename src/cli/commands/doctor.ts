import type { Command } from 'commander';
import { checkStores } from '../../check-stores.js';
import { createClient } from '../client.js';
import { ExitCode, UsageError } from '../command.js';
import { createOutput } from '../output.js';
import { settingsOf } from '../settings.js';

type Check = readonly [name: string, verdict: 'ok' | 'warning' | 'fault', detail: string];

/** Farther apart, and events of this machine may be refused as too early or counted in another order than they happened. */
const clockToleranceMs = 2_000;

/** `doctor`: whether this machine can work with its server. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('checks server, clock, key and webhooks, and the stores and Redis policies that DATABASE_URL and REDIS_… name')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const settings = settingsOf(command.optsWithGlobals<{ url?: string; key?: string; config?: string }>());
      if (!URL.canParse(settings.url))
        throw new UsageError(`--url: received ${JSON.stringify(settings.url)}; expected an address such as http://127.0.0.1:4000.`);
      const out = createOutput(process);
      const checks: Check[] = [['address', 'ok', `${settings.url} (from ${settings.sources.url})`], ...(await serverChecks(settings.url))];
      if (settings.key === null) checks.push(['key', 'fault', 'none: give --key, BELLWETHER_KEY or bellwether.json']);
      else checks.push(...(await keyChecks(settings.url, settings.key, settings.sources.key)));
      for (const { store, isFit, detail } of await checkStores()) checks.push([store, isFit ? 'ok' : 'fault', detail]);
      if (json) out.json(checks.map(([name, verdict, detail]) => ({ name, verdict, detail })));
      else {
        const styles = { ok: 'green', warning: 'yellow', fault: 'red' } as const;
        for (const [name, verdict, detail] of checks)
          out.print(`${out.paint(styles[verdict], verdict.padEnd(8))} ${name.padEnd(10)} ${detail}`);
      }
      if (checks.some(([, verdict]) => verdict === 'fault')) throw new ExitCode(1);
    });
}

async function serverChecks(url: string): Promise<Check[]> {
  const asked = Date.now();
  let response: Response;
  try {
    response = await fetch(new URL('/ready', url));
  } catch (error) {
    const cause = (error as Error).cause;
    return [['server', 'fault', `does not answer: ${cause instanceof Error ? cause.message : String(error)}`]];
  }
  const took = Date.now() - asked;
  const text = await response.text();
  const server: Check = ['server', response.ok ? 'ok' : 'fault', `/ready answers ${response.status} in ${took} ms: ${text.slice(0, 300)}`];
  const date = response.headers.get('date');
  if (date === null) return [server];
  // The header has whole seconds, and half of the way was spent on the answer.
  const apart = Math.abs(new Date(date).getTime() + 500 - (asked + took / 2));
  const clock: Check = [
    'clock',
    apart > clockToleranceMs ? 'warning' : 'ok',
    `${(apart / 1_000).toFixed(1)} s from the server's, to half a second`,
  ];
  return [server, clock];
}

interface WebhookEndpoint {
  readonly endpoint: string;
  readonly pending: number;
  readonly oldestPendingAt: string | null;
  readonly delivered: number;
  readonly givenUp: number;
  readonly lastFailure: { readonly at: string; readonly error: string } | null;
}

async function keyChecks(url: string, key: string, source: string): Promise<Check[]> {
  const api = createClient({ url, key });
  try {
    const { viewer } = await api<{ viewer: { name: string; scope: string } | null }>('query CliViewer { viewer { name scope } }');
    if (!viewer) return [['key', 'fault', `not known to the server (from ${source})`]];
    const check: Check = ['key', 'ok', `${viewer.name}, scope ${viewer.scope} (from ${source})`];
    if (viewer.scope !== 'ADMIN') return [check];
    const { webhooks } = await api<{ webhooks: readonly WebhookEndpoint[] }>(
      'query CliWebhooks { webhooks { endpoint pending oldestPendingAt delivered givenUp lastFailure { at error } } }',
    );
    return [check, ...webhooks.map(webhookCheck)];
  } catch (error) {
    return [['key', 'fault', `${(error as Error).message} (from ${source})`]];
  }
}

function webhookCheck({ endpoint, pending, oldestPendingAt, delivered, givenUp, lastFailure }: WebhookEndpoint): Check {
  const waiting = oldestPendingAt === null ? 'none pending' : `${pending} pending since ${oldestPendingAt}`;
  const failure = lastFailure === null ? '' : `; last failure at ${lastFailure.at}: ${lastFailure.error}`;
  const verdict = pending > 0 || givenUp > 0 ? 'warning' : 'ok';
  return ['webhook', verdict, `${endpoint}: ${delivered} arrived, ${waiting}, ${givenUp} given up${failure}`];
}
