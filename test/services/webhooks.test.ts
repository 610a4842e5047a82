import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookMessage } from '../../src/core/webhook.js';
import { readEndpoints, type WebhookEndpoint } from '../../src/core/webhook-endpoint.js';
import { post } from '../../src/http/post.js';
import { createPool } from '../../src/postgres/database.js';
import { createOutbox } from '../../src/postgres/outbox.js';
import { webhookHeaders } from '../../src/services/webhook-signature.js';
import { createWebhooks } from '../../src/services/webhooks.js';
import { answering, hanging, type Receiver, startReceiver } from '../setup/receiver.js';
import { createDatabase } from '../setup/stores.js';

/** Senders on a real database and a real network; time alone is the test's. */

const secrets = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);
const integrationKey = 'R'.repeat(32);
const hourMs = 3_600_000;

let pool: ReturnType<typeof createPool>;
let receiver: Receiver;
let now: Date;
let logged: { readonly level: string; readonly fields: object; readonly text: string }[];

beforeAll(async () => {
  pool = createPool(await createDatabase());
});
afterAll(() => pool.end());
beforeEach(async () => {
  receiver = await startReceiver();
  // The library that checks signatures looks at the real clock.
  now = new Date();
  logged = [];
});
afterEach(async () => {
  await receiver.close();
  await pool.query('delete from outbox_message');
});

const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

function endpoint(more: object = {}): WebhookEndpoint {
  const { endpoints, faults } = readEndpoints([{ name: 'ops', url: receiver.url, secret: secrets[0], ...more }]);
  if (!endpoints[0] || faults.length > 0) throw new Error(faults.join());
  return endpoints[0];
}

function sender(endpoints: readonly WebhookEndpoint[]) {
  const outbox = createOutbox(pool);
  const note = (level: string) => (fields: object, text: string) => void logged.push({ level, fields, text });
  const log = { info: note('info'), warn: note('warn'), error: note('error') };
  const webhooks = createWebhooks({ endpoints, outbox, post, clock: { now: () => now }, random: () => 0, log });
  return {
    ...webhooks,
    outbox,
    /** Addresses and sends all that is due. */
    async round(): Promise<void> {
      await webhooks.route();
      for (const each of endpoints) await webhooks.deliver(each);
    },
  };
}

function message(changes: Partial<WebhookMessage> = {}): WebhookMessage {
  const data = { experimentKey: 'checkout', experimentName: 'Checkout', status: 'RUNNING', previousStatus: 'DRAFT' } as const;
  const body = {
    type: 'status.changed',
    timestamp: now.toISOString(),
    data: { ...data, shippedVariant: null, reason: null, actor: 'ann' },
  } as const;
  return { id: `status_${randomUUID()}_2`, kind: 'STATUS', experimentKey: 'checkout', follows: null, body, ...changes };
}

/** Raised, or raised and resolved. */
function alert(type: 'alert.raised' | 'alert.resolved', id: string): WebhookMessage {
  const data = { id, experimentKey: 'checkout', experimentName: 'Checkout', kind: 'SRM_DETECTED', severity: 'CRITICAL' } as const;
  const rest = { message: 'No fit.', metric: null, variant: null, raisedAt: now.toISOString(), resolvedAt: null };
  const raised = `alert_${id}_raised`;
  return {
    id: type === 'alert.raised' ? raised : `alert_${id}_resolved`,
    kind: 'SRM_DETECTED',
    experimentKey: 'checkout',
    follows: type === 'alert.raised' ? null : raised,
    body: { type, timestamp: now.toISOString(), data: { ...data, ...rest } },
  };
}

const errorsLogged = () => logged.filter(({ level }) => level === 'error');

describe('a signature', () => {
  test('is that of the example in the documentation of Svix', () => {
    // https://docs.svix.com/receiving/verifying-payloads/how-manual
    const signed = {
      messageId: 'msg_loFOjxBNrRLzqYUf',
      at: new Date(1_731_705_121_000),
      body: '{"event_type":"ping","data":{"success":true}}',
      secrets: ['whsec_plJ3nmyCDGBKInavdOK15jsl'],
    };
    expect(webhookHeaders(signed)).toEqual({
      'webhook-id': 'msg_loFOjxBNrRLzqYUf',
      'webhook-timestamp': '1731705121',
      'webhook-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    });
  });

  test('is accepted by the library of the specification, under either secret while one replaces the other', async () => {
    const { outbox, round } = sender([endpoint({ secret: secrets })]);
    await outbox.tell([message()], now);
    await round();
    const { headers, text, body } = await receiver.first();
    for (const secret of secrets) expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body);
    const other = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
    expect(() => new Webhook(other).verify(text, headers as Record<string, string>)).toThrow('No matching signature');
    expect(() => new Webhook(secrets[0] ?? '').verify(`${text} `, headers as Record<string, string>)).toThrow('No matching signature');
  });

  test('is not put where the receiver has no use for it', async () => {
    const { outbox, round } = sender([endpoint({ format: 'SLACK', secret: undefined })]);
    await outbox.tell([message()], now);
    await round();
    expect((await receiver.first()).headers['webhook-signature']).toBeUndefined();
  });
});

describe('a message that does not arrive', () => {
  test('is sent again, the same under the same id, until it is taken', async () => {
    const { outbox, round } = sender([endpoint()]);
    receiver.answers(answering(500, {}, 'out of order'));
    await outbox.tell([message()], now);
    await round();
    await round();
    expect(receiver.received).toHaveLength(1);
    expect(await outbox.backlog()).toMatchObject([
      { endpoint: 'ops', pending: 1, delivered: 0, lastFailure: { error: 'Answered 500: out of order' } },
    ]);
    pass(5_000);
    await round();
    receiver.answers(answering(200));
    pass(10_000);
    await round();
    pass(hourMs);
    await round();
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ id, text }) => `${id} ${text}`)).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    expect(await outbox.backlog()).toMatchObject([{ pending: 0, oldestPendingAt: null, delivered: 1, givenUp: 0 }]);
    expect(logged.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  test('waits as long as the receiver asks for', async () => {
    const { outbox, round } = sender([endpoint()]);
    receiver.answers(answering(429, { 'retry-after': '120' }));
    await outbox.tell([message()], now);
    await round();
    pass(119_999);
    await round();
    expect(receiver.received).toHaveLength(1);
    pass(1);
    await round();
    expect(receiver.received).toHaveLength(2);
  });

  test('is kept for a receiver that is away for hours', async () => {
    const { outbox, round } = sender([endpoint()]);
    await receiver.leave();
    await outbox.tell([message()], now);
    for (let hour = 0; hour < 20; hour += 1) {
      await round();
      pass(hourMs);
    }
    await receiver.comeBack();
    await round();
    expect(receiver.received).toHaveLength(1);
    expect(await outbox.backlog()).toMatchObject([{ delivered: 1, lastFailure: { error: 'Could not be reached: ECONNREFUSED.' } }]);
  });

  test('is given up after a day, which is said and stays to be seen', async () => {
    const { outbox, round } = sender([endpoint()]);
    await receiver.leave();
    const told = message();
    await outbox.tell([told], now);
    for (let hour = 0; hour < 26; hour += 1) {
      await round();
      pass(hourMs);
    }
    await receiver.comeBack();
    await round();
    expect(receiver.received).toEqual([]);
    expect(await outbox.backlog()).toMatchObject([
      { pending: 0, oldestPendingAt: null, delivered: 0, givenUp: 1, lastFailure: { error: 'Could not be reached: ECONNREFUSED.' } },
    ]);
    expect(errorsLogged()).toMatchObject([{ fields: { webhook: 'ops', message: told.id }, text: 'A webhook was given up.' }]);
  });

  test('does not follow the receiver elsewhere', async () => {
    const elsewhere = await startReceiver();
    const { outbox, round } = sender([endpoint()]);
    receiver.answers(answering(307, { location: elsewhere.url }));
    await outbox.tell([message()], now);
    await round();
    await elsewhere.close();
    expect(elsewhere.received).toEqual([]);
    expect(await outbox.backlog()).toMatchObject([{ pending: 1, lastFailure: { error: 'Answered 307' } }]);
  });

  test('leaves no secret in what is kept and logged, even when the receiver quotes it', async () => {
    const { outbox, round } = sender([endpoint({ format: 'PAGERDUTY', secret: integrationKey, url: `${receiver.url}/T00/B00/quoted` })]);
    receiver.answers(({ text }, response) => void response.writeHead(400).end(`invalid: ${text} at /hook/T00/B00/quoted`));
    await outbox.tell([alert('alert.raised', 'a1')], now);
    await round();
    const [{ lastFailure } = { lastFailure: null }] = await outbox.backlog();
    expect(lastFailure?.error).toMatch(/^Answered 400: invalid: \{"routing_key":"\[hidden\]"/);
    expect(JSON.stringify([lastFailure, logged])).not.toMatch(/R{32}|T00/);
  });
});

describe('senders', () => {
  test('that work at once send each message once', async () => {
    const senders = [sender([endpoint()]), sender([endpoint()]), sender([endpoint()])];
    const told = Array.from({ length: 60 }, () => message());
    await senders[0]?.outbox.tell(told, now);
    await Promise.all(senders.map(({ round }) => round()));
    // What one had not addressed yet when another looked.
    await Promise.all(senders.map(({ round }) => round()));
    expect(receiver.received.map(({ id }) => id).sort()).toEqual(told.map(({ id }) => id).sort());
  });

  test('take over from one that was killed with a message in hand, once its lease has ended', async () => {
    const { outbox, route, round } = sender([endpoint()]);
    const told = message();
    await outbox.tell([told], now);
    await route();
    const claimed = await outbox.claim('ops', now, 20_000, 10);
    expect(claimed).toMatchObject([{ messageId: told.id, attempts: 1 }]);
    pass(19_999);
    await round();
    expect(receiver.received).toEqual([]);
    pass(1);
    await round();
    expect(receiver.received.map(({ id }) => id)).toEqual([told.id]);
  });

  test('that were late do not undo what another has done', async () => {
    const { outbox, route, round } = sender([endpoint()]);
    await outbox.tell([message()], now);
    await route();
    const [late] = await outbox.claim('ops', now, 20_000, 10);
    pass(20_000);
    await round();
    if (late) await outbox.settle('ops', late, { state: 'PENDING', dueAt: now, error: 'late' }, now);
    await round();
    expect(receiver.received).toHaveLength(1);
    expect(await outbox.backlog()).toMatchObject([{ delivered: 1, pending: 0 }]);
  });

  test('that are stopped while a receiver hangs leave the message to the next at once', async () => {
    const first = sender([endpoint()]);
    receiver.answers(hanging);
    const told = message();
    await first.outbox.tell([told], now);
    const sending = first.round();
    await receiver.first();
    first.stop();
    await sending;
    receiver.answers(answering(200));
    await sender([endpoint()]).round();
    expect(receiver.received.map(({ id }) => id)).toEqual([told.id, told.id]);
    expect(await first.outbox.backlog()).toMatchObject([{ delivered: 1, pending: 0 }]);
  });
});

describe('routing', () => {
  test('gives each receiver what it asks for', async () => {
    const all = endpoint();
    const others = endpoint({ name: 'search', experiments: ['search'] });
    const incidents = endpoint({ name: 'pager', format: 'PAGERDUTY', secret: integrationKey });
    const { outbox, route } = sender([all, others, incidents]);
    await outbox.tell([message(), message({ experimentKey: 'search' }), alert('alert.raised', 'a1')], now);
    await route();
    const pending = (await outbox.backlog()).map((backlog) => [backlog.endpoint, backlog.pending]);
    expect(pending).toEqual([
      ['ops', 3],
      ['pager', 1],
      ['search', 1],
    ]);
  });

  test('keeps what ends an alert behind what raised it', async () => {
    const { outbox, round } = sender([endpoint()]);
    const [raised, resolved] = [alert('alert.raised', 'a1'), alert('alert.resolved', 'a1')];
    receiver.answers(answering(503));
    await outbox.tell([raised], now);
    await round();
    await outbox.tell([resolved], now);
    receiver.answers(answering(200));
    await round();
    expect(receiver.received.map(({ id }) => id)).toEqual([raised.id]);
    pass(5_000);
    await round();
    await round();
    expect(receiver.received.map(({ id }) => id)).toEqual([raised.id, raised.id, resolved.id]);
  });

  test('tells nobody of what was said twice', async () => {
    const { outbox, round } = sender([endpoint()]);
    const told = message();
    await outbox.tell([told], now);
    await outbox.tell([told, message()], now);
    await round();
    expect(receiver.received).toHaveLength(2);
  });

  test('gives up what is for a receiver that is not configured any more', async () => {
    const before = sender([endpoint({ name: 'former' })]);
    await before.outbox.tell([message()], now);
    await before.route();
    pass(24 * hourMs + 1);
    const after = sender([endpoint()]);
    await after.round();
    await after.tidy();
    expect(await before.outbox.backlog()).toMatchObject([
      {
        endpoint: 'former',
        pending: 0,
        givenUp: 1,
        lastFailure: { error: 'Nobody sent it within a day; is its receiver still configured?' },
      },
    ]);
    expect(errorsLogged()).toHaveLength(1);
  });

  test('forgets what was told more than 30 days ago', async () => {
    const { outbox, round, tidy } = sender([endpoint()]);
    const told = message();
    await outbox.tell([told], now);
    await round();
    pass(30 * 24 * hourMs);
    await tidy();
    expect(await outbox.told([told.id])).toEqual(new Set([told.id]));
    pass(1);
    await tidy();
    expect(await outbox.told([told.id])).toEqual(new Set());
    expect(await outbox.backlog()).toEqual([]);
  });
});
