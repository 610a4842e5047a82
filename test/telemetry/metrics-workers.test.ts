import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendSignal } from '../../src/embedded/process-table.js';
import { type Launched, launchService } from '../process/launched.js';
import { makeEnvironment } from '../setup/service.js';
import { type Exposition, readExposition } from './exposition.js';

/** Metrics of two processes that share a port, on a port of their own and on the shared one. */

const command = [process.execPath, 'dist/main.js'] as const;
const services: { readonly service: Launched; readonly env: Record<string, string> }[] = [];

beforeAll(async () => {
  for (const extra of [{ BELLWETHER_METRICS_PORT: '0' }, {}] as Record<string, string>[]) {
    const env = await makeEnvironment({ BELLWETHER_ROLE: 'api', WEB_CONCURRENCY: '2', LOG_LEVEL: 'info', ...extra });
    const service = await launchService({ dataDir: env.BELLWETHER_DATA_DIR ?? '', command, env });
    services.push({ service, env });
    await service.printed(/"All workers serve"/);
  }
});
afterAll(async () => {
  for (const { service } of services) service.signal('SIGKILL', 'group');
  await Promise.all(services.map(({ service }) => service.ended));
});

const body = JSON.stringify({ query: '{ assignment(experimentKey: "none", unit: {userId: "a"}) { reason } }' });

/** Over connections of their own, which go to the processes in turn. */
async function ask({ service, env }: (typeof services)[number], times: number): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${env.BELLWETHER_CLIENT_KEY}`, connection: 'close' };
  for (let i = 0; i < times; i += 1) {
    const response = await fetch(`${service.address}/graphql`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
  }
}

const workers = (service: Launched): number[] =>
  [...service.output().matchAll(/"worker":(\d+),"msg":"A worker serves"/g)].map(([, pid]) => Number(pid));

test.each([
  ['on their own port', 0],
  ['on the shared port', 1],
])(
  'are those of both processes, %s, and a process that is killed takes no counts along',
  async (_, place) => {
    const one = services[place] as (typeof services)[number];
    const { service, env } = one;
    const apart = /"metrics":"(http:[^"]+)"/.exec(service.output())?.[1];
    const url = apart ?? `${service.address}/metrics`;
    const headers: Record<string, string> = apart ? {} : { authorization: `Bearer ${env.BELLWETHER_READ_KEY}` };
    const read = async (): Promise<Exposition> =>
      readExposition(await (await fetch(url, { headers: { ...headers, connection: 'close' } })).text());

    await ask(one, 20);
    const before = await read();
    expect(before.sum('bellwether_assignments_total', { reason: 'NOT_FOUND' })).toBe(20);
    expect(before.sum('bellwether_assignment_duration_seconds_count')).toBe(20);
    expect(before.sum('bellwether_processes')).toBe(2);
    expect(before.sum('bellwether_build_info', { role: 'api' })).toBe(1);
    expect(before.sum('bellwether_pool_max_connections', { pool: 'ingest' })).toBe(4);

    sendSignal(workers(service)[0] ?? 0, 'SIGKILL');
    await service.printed(/(?:"A worker serves"[\s\S]*){3}/);
    await ask(one, 10);
    const after = await read();
    expect(after.sum('bellwether_assignments_total', { reason: 'NOT_FOUND' })).toBe(30);
    expect(after.sum('bellwether_processes')).toBe(2);
  },
  60_000,
);
