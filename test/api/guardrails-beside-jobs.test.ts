import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';
import { makeShoppers, sendShoppers, shopperMetrics } from './shoppers.js';

/** Guardrails act within seconds; nothing else that workers do may keep them from the store. */

let service: RunningService;
let locking: Client;
/** Apart from the one that locks: what a transaction has seen of others it is shown again. */
let watching: Client;
const api = createCaller(() => service);

beforeEach(async () => {
  // What else needs a connection of the jobs goes without, which is an error of its own and not looked at here.
  service = await startService(await makeEnvironment({ LOG_LEVEL: 'silent' }));
  [locking, watching] = [0, 1].map(() => new Client({ connectionString: service.env.DATABASE_URL })) as [Client, Client];
  await Promise.all([locking.connect(), watching.connect()]);
});
afterEach(async () => {
  await Promise.all([locking.end(), watching.end()]);
  await service.remove();
});

async function run(key: string): Promise<void> {
  const metrics = {
    primary: shopperMetrics.bought,
    secondary: [shopperMetrics.items, shopperMetrics.spend],
    guardrails: [{ ...shopperMetrics.failures, threshold: 0.02, action: 'ROLLBACK' }],
  };
  await api.done('createExperiment', { input: sampleInput({ key, salt: 'pepper', metrics }) });
  await api.done('startExperiment', { key });
}

/** Sends harm to the experiment's variant, and waits until it is rolled back. */
async function harm(key: string): Promise<void> {
  const alerts = service.subscribe('subscription ($key: ID) { alertRaised(experimentKey: $key) { kind } }', { key });
  // Nobody who breaks much is in the control, nobody who spends little in the other.
  await sendShoppers(service, [key], makeShoppers(1_500), ({ kind }, variant) => kind !== (variant === 'control' ? 2 : 1));
  expect((await alerts.next()).alertRaised).toEqual({ kind: 'GUARDRAIL_BREACH' });
  expect((await alerts.next()).alertRaised).toEqual({ kind: 'ROLLED_BACK' });
  await alerts.close();
}

/** Connections that wait for a lock of this kind. */
async function waitingFor(lock: 'relation' | 'transactionid'): Promise<readonly number[]> {
  const { rows } = await watching.query<{ pid: number }>(
    `select pid from pg_locks join pg_stat_activity using (pid)
     where not granted and locktype = $1 and datname = current_database() order by pid`,
    [lock],
  );
  return rows.map(({ pid }) => pid);
}

describe('a harmful variant is rolled back', () => {
  test('while jobs hold every connection they have', async () => {
    await run('harmful');
    const connections = 5;
    await locking.query('begin; lock table raw_exposure_default in share mode');
    const forgotten = Promise.all(Array.from({ length: connections }, (_, i) => api.done('forgetUnit', { unitId: `somebody-${i}` })));
    await expect.poll(() => waitingFor('relation'), { timeout: 10_000 }).toHaveLength(connections);
    const held = await waitingFor('relation');

    await harm('harmful');
    expect(await waitingFor('relation')).toEqual(held);
    await locking.query('commit');
    await forgotten;
  });

  test('while another experiment is locked by a slow job, which those wait for who look for jobs that are overdue', async () => {
    for (const key of ['slow', 'harmful']) await run(key);
    // One that starts knows of no experiment yet whether its jobs come, and looks at each.
    await service.stop();
    await locking.query(`begin; select from experiment where key = 'slow' for update`);
    service = await startService(service.env);
    await expect.poll(() => waitingFor('transactionid'), { timeout: 10_000 }).toHaveLength(1);
    const held = await waitingFor('transactionid');

    await harm('harmful');
    expect(await waitingFor('transactionid')).toEqual(held);
    await locking.query('commit');
  });
});
