import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AlertKind, type AlertSeverity, alertKinds } from '../../src/core/alert.js';
import { ruleCommand } from '../../src/services/ports.js';
import { createInstance } from '../setup/instance.js';
import { type Received, type Receiver, startReceiver } from '../setup/receiver.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

/** A service with three receivers, told of what happens to experiments. */

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const routingKey = 'k'.repeat(32);

let service: RunningService;
let ops: Receiver;
let chat: Receiver;
let pager: Receiver;
/** Another instance on the same stores, which raises what takes days to come by itself. */
let other: ReturnType<typeof createInstance>;
const api = createCaller(() => service);

beforeAll(async () => {
  [ops, chat, pager] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  const receivers = [
    { name: 'ops', url: ops.url, secret },
    { name: 'chat', url: chat.url, format: 'SLACK', kinds: ['DECISION', 'STATUS'] },
    { name: 'pager', url: pager.url, format: 'PAGERDUTY', secret: routingKey },
  ];
  service = await startService(await makeEnvironment({ BELLWETHER_WEBHOOKS: JSON.stringify(receivers) }));
  other = createInstance(service.env.DATABASE_URL ?? '');
});
afterAll(async () => {
  await other.close();
  await service.remove();
  await Promise.all([ops, chat, pager].map((receiver) => receiver.close()));
});

async function started(changes: Record<string, unknown> = {}): Promise<string> {
  const input = sampleInput(changes);
  await api.done('createExperiment', { input });
  await api.done('startExperiment', { key: input.key });
  return input.key;
}

function raise(key: string, kinds: readonly AlertKind[], then = () => {}, severity: AlertSeverity = 'WARNING'): Promise<void> {
  return other.changer.run(ruleCommand('guardrail', 'test'), async (change) => {
    const experiment = await change.lock(key);
    for (const kind of kinds) await change.raise(experiment, { kind, severity, message: `Look at ${kind}.` });
    then();
  });
}

const about =
  (key: string, type: string, more: object = {}) =>
  ({ body }: Received) =>
    body.type === type && body.data.experimentKey === key && Object.entries(more).every(([name, value]) => body.data[name] === value);

const isIncident =
  (key: string, kind: AlertKind) =>
  ({ body: { payload } }: Received) =>
    payload?.component === key && payload.class === kind;

const verified = ({ text, headers }: Received) => new Webhook(secret).verify(text, headers as Record<string, string>);

describe('an alert', () => {
  test('of each kind arrives when it is raised and when it is resolved, signed', async () => {
    const key = await started();
    await raise(key, alertKinds);
    const raised = await Promise.all(alertKinds.map((kind) => ops.first(about(key, 'alert.raised', { kind }))));
    const opened = await Promise.all(alertKinds.map((kind) => pager.first(isIncident(key, kind))));
    for (const [i, kind] of alertKinds.entries()) {
      expect(verified(raised[i] as Received)).toMatchObject({ data: { kind, severity: 'WARNING', message: `Look at ${kind}.` } });
      expect(opened[i]?.body).toMatchObject({ routing_key: routingKey, event_action: 'trigger', payload: { severity: 'warning' } });
    }
    await api.done('stopExperiment', { key });
    await api.done('archiveExperiment', { key });
    for (const [i, kind] of alertKinds.entries()) {
      const resolved = await ops.first(about(key, 'alert.resolved', { kind }));
      expect(verified(resolved)).toMatchObject({ data: { id: raised[i]?.body.data.id, resolvedAt: expect.any(String) } });
      const { dedup_key } = opened[i]?.body ?? {};
      await pager.first(({ body }) => body.event_action === 'resolve' && body.dedup_key === dedup_key);
    }
  });

  test('of a change that was rolled back is told to nobody', async () => {
    const key = await started();
    const undone = raise(key, ['SRM_DETECTED', 'ROLLED_BACK'], () => {
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    // What comes later has overtaken it.
    await raise(key, ['UNDERPOWERED']);
    await ops.first(about(key, 'alert.raised', { kind: 'UNDERPOWERED' }));
    expect(ops.received.filter(about(key, 'alert.raised'))).toHaveLength(1);
  });

  test('that is open already is told once', async () => {
    const key = await started();
    await raise(key, ['STALE_POLICY']);
    await raise(key, ['STALE_POLICY']);
    await raise(key, ['UNDERPOWERED']);
    await ops.first(about(key, 'alert.raised', { kind: 'UNDERPOWERED' }));
    expect(ops.received.filter(about(key, 'alert.raised', { kind: 'STALE_POLICY' }))).toHaveLength(1);
  });
});

describe('a decision', () => {
  /** A clear winner: seven in ten units of `green` buy and three in ten of the control. */
  async function win(key: string): Promise<void> {
    const units = Array.from({ length: 400 }, (_, i) => ({ userId: `${key} ${i}` }));
    const given = await Promise.all(units.map((unit) => api.done('assignment', { experimentKey: key, unit })));
    const occurredAt = new Date().toISOString();
    const exposures = units.map((unit, i) => ({
      eventId: `x ${unit.userId}`,
      experimentKey: key,
      unit,
      variant: given[i].variant,
      occurredAt,
    }));
    const buyers = units.filter((_, i) => (given[i].variant === 'green') === i % 10 < 7);
    const events = buyers.map((unit) => ({ eventId: `e ${unit.userId}`, metric: 'purchase', unit, occurredAt }));
    const { rejected } = await api.done('trackEvents', { input: { exposures, events } });
    expect(rejected).toBe(0);
  }

  test('is told when it turns, to people in their words, and not again', async () => {
    const key = await started({ evaluation: { schedule: 'daily_0000_utc', minSampleSize: 50 } });
    await api.done('evaluateExperiment', { key });
    await win(key);
    await api.done('evaluateExperiment', { key });
    await api.done('evaluateExperiment', { key });
    const told = await ops.first(about(key, 'decision.changed'));
    expect(verified(told)).toMatchObject({
      data: { decision: 'SHIP', previousDecision: 'INSUFFICIENT_DATA', winner: 'green', sequence: 2, confirmatory: true },
    });
    const { body } = await chat.first(({ body: { text } }) => text === `${key}: Ship green`);
    expect(body.blocks[1].text.text).toBe(told.body.data.summary);

    await api.done('stopExperiment', { key, shipVariant: 'green', reason: 'it wins' });
    const stopped = await ops.first(about(key, 'status.changed', { status: 'STOPPED' }));
    expect(stopped.body.data).toMatchObject({ previousStatus: 'RUNNING', shippedVariant: 'green', reason: 'it wins' });
    await chat.first(({ body: { text } }) => text === `${key}: RUNNING to STOPPED, green shipped`);
    expect(ops.received.filter(about(key, 'decision.changed'))).toHaveLength(1);
    expect(pager.received.filter(({ text }) => text.includes(key))).toEqual([]);
  });

  test('is not told without the alert that is open beside it', async () => {
    const key = await started({ evaluation: { schedule: 'daily_0000_utc', minSampleSize: 50 } });
    await raise(key, ['BANDIT_HALTED'], () => {}, 'CRITICAL');
    await win(key);
    await api.done('evaluateExperiment', { key });
    const told = await ops.first(about(key, 'decision.changed', { decision: 'SHIP' }));
    expect(told.body.data.summary).toMatch(/^green beats the control .* An alert is open: BANDIT_HALTED\.$/);
  });

  test('to start, to pause and to roll back is told with who took it', async () => {
    const key = await started();
    await api.done('pauseExperiment', { key, reason: 'lunch' });
    await api.done('rollbackExperiment', { key, reason: 'harm' });
    await ops.first(about(key, 'status.changed', { status: 'ROLLED_BACK' }));
    const moves = ops.received.filter(about(key, 'status.changed')).map(({ body: { data } }) => data);
    expect(new Set(moves.map(({ previousStatus, status, reason }) => `${previousStatus} ${status} ${reason}`))).toEqual(
      new Set(['DRAFT RUNNING null', 'RUNNING PAUSED lunch', 'PAUSED ROLLED_BACK harm']),
    );
    expect(moves[0].actor).not.toBe('');
    const { severity, message } = (await ops.first(about(key, 'alert.raised', { kind: 'ROLLED_BACK' }))).body.data;
    expect({ severity, message }).toEqual({ severity: 'CRITICAL', message: expect.stringContaining('harm') });
  });
});

describe('the outbox', () => {
  test('is shown to who runs the service, and to nobody else', async () => {
    const webhooks = await api.done('webhooks');
    expect(webhooks.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual(['chat', 'ops', 'pager']);
    for (const { givenUp, lastFailure, delivered } of webhooks) {
      expect({ givenUp, lastFailure }).toEqual({ givenUp: 0, lastFailure: null });
      expect(delivered).toBeGreaterThan(0);
    }
    expect(await api.refused('webhooks', {}, 'read')).toMatchObject({ code: 'FORBIDDEN' });
  });
});
