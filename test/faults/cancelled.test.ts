import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** Statements that somebody cancels, or that run into a time limit, while others were sent behind them. */

let one: ReturnType<typeof createInstance>;
beforeAll(async () => {
  one = createInstance(await createDatabase());
  await one.experiments.create(command, sampleInput());
  await one.lifecycle.start(command, 'checkout', { dryRun: false, expectedRevision: null });
  await one.registry.refresh();
});
afterAll(() => one.close());

test('an event whose statement is cancelled is tried again, whatever the statements behind it say', async () => {
  const client = await one.pool.connect();
  await client.query('begin');
  await client.query("insert into event_ledger (event_id, content_hash, received_at) values ('e', '', now())");
  const unit = { userId: 'u', isBot: false };
  const event = { eventId: 'e', metric: 'purchase', unit, occurredAt: new Date().toISOString() };
  const tracked = one.events.track(sender, { exposures: [], events: [event] });
  const cancelled = async () => {
    const { rows } = await one.pool.query<{ pid: number }>(
      `select pid, pg_cancel_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%event_ledger%' and pid <> pg_backend_pid()`,
    );
    return rows.length;
  };
  try {
    await expect.poll(cancelled).toBe(1);
  } finally {
    await client.query('rollback');
    client.release();
  }
  expect((await tracked).results).toMatchObject([{ eventId: 'e', status: 'ACCEPTED' }]);
});
