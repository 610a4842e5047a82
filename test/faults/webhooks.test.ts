import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answering, hanging, type Receiver, startReceiver } from '../setup/receiver.js';
import { makeEnvironment, startService } from '../setup/service.js';
import { abTest, createExperiment, startExperiment } from './operations.js';
import { createInstances } from './process.js';

const { startInstance, killAll } = createInstances();

/** Senders that end while a receiver has a message in hand. */

const secret = `whsec_${Buffer.alloc(32, 4).toString('base64')}`;

let receiver: Receiver;
let environment: Record<string, string>;
let database: Client;

beforeAll(async () => {
  receiver = await startReceiver(hanging);
  environment = await makeEnvironment({
    BELLWETHER_WEBHOOKS: JSON.stringify([{ name: 'ops', url: receiver.url, secret, kinds: ['STATUS'] }]),
  });
  database = new Client({ connectionString: environment.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await killAll();
  await database.end();
  await receiver.close();
});

const deliveries = async () =>
  (await database.query('select message_id as id, state, last_error as error from outbox_delivery order by message_id')).rows;

/** The delivery once it is noted that it has arrived, a moment after the answer. */
async function arrived(id: string): Promise<unknown> {
  for (;;) {
    const delivery = (await deliveries()).find((one) => one.id === id);
    if (delivery?.state === 'DELIVERED') return delivery;
  }
}

test('a worker that is killed in the middle of sending is followed by another with the same message', async () => {
  const api = await startInstance({ ...environment, BELLWETHER_ROLE: 'api' });
  const worker = await startInstance({ ...environment, BELLWETHER_ROLE: 'worker' });
  await api.ask(createExperiment, { input: abTest('killed') });
  await api.ask(startExperiment, { key: 'killed' });
  const { id } = await receiver.first(({ body }) => body.data.experimentKey === 'killed');
  await worker.kill();
  expect(await deliveries()).toEqual([{ id, state: 'PENDING', error: null }]);

  // Nobody else may send it for 20 s, longer than an attempt can take; they go by.
  const { rows } = await database.query(
    `select due_at between at + interval '20 seconds' and now() + interval '20 seconds' as "isHeld"
     from outbox_delivery join outbox_message on id = message_id`,
  );
  expect(rows).toEqual([{ isHeld: true }]);
  await database.query("update outbox_delivery set due_at = due_at - interval '20 seconds'");
  receiver.answers(answering(200));
  await startInstance({ ...environment, BELLWETHER_ROLE: 'worker' });
  await receiver.first(() => receiver.received.length === 2);
  expect(await arrived(id)).toEqual({ id, state: 'DELIVERED', error: null });
  expect(receiver.received.map((one) => `${one.id} ${one.text}`)).toEqual(Array(2).fill(`${id} ${receiver.received[0]?.text}`));
}, 120_000);

test('a service that stops does not wait for a receiver that hangs, and says so of the message', async () => {
  await killAll();
  receiver.answers(hanging);
  const service = await startService(environment);
  await service.ask(createExperiment, { input: abTest('stopped') });
  await service.ask(startExperiment, { key: 'stopped' });
  const { id } = await receiver.first(({ body }) => body.data.experimentKey === 'stopped');
  await service.stop();
  expect((await deliveries()).find((one) => one.id === id)).toEqual({ id, state: 'PENDING', error: 'The sender was stopped.' });
});
