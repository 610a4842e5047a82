import { describe, expect, test } from 'vitest';
import { type AlertKind, type AlertSeverity, alertKinds } from '../../src/core/alert.js';
import type { Decision } from '../../src/core/evaluation-words.js';
import { alertMessage, decisionMessage, reportId, statusMessage } from '../../src/core/webhook.js';
import { isWanted, readEndpoints, takesKind, webhookFormats } from '../../src/core/webhook-endpoint.js';
import { nextAttemptAt } from '../../src/core/webhook-retry.js';
import { sampleExperiment } from './samples.js';

const at = new Date('2026-01-31T12:00:00.000Z');
const experiment = sampleExperiment();
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const receiver = { name: 'ops', url: 'https://hooks.example/bellwether', secret };
const integrationKey = 'a'.repeat(32);

describe('messages', () => {
  const alert = {
    id: '7d1f0f4e-34a8-4f0a-8f0e-0f6b7b1f2a3c',
    experimentKey: 'checkout',
    kind: 'SRM_DETECTED',
    severity: 'CRITICAL',
    message: 'The units do not fit.',
    metric: null,
    variant: null,
    at,
    resolvedAt: null,
  } as const;

  test('of an alert that is resolved follow the one that raised it, under ids of their own', () => {
    const raised = alertMessage(experiment, alert);
    const resolvedAt = new Date('2026-01-31T13:00:00.000Z');
    const resolved = alertMessage(experiment, { ...alert, resolvedAt });
    expect(raised).toMatchObject({ kind: 'SRM_DETECTED', experimentKey: 'checkout', follows: null, body: { type: 'alert.raised' } });
    expect(resolved).toMatchObject({
      follows: raised.id,
      body: { type: 'alert.resolved', timestamp: resolvedAt.toISOString(), data: { id: alert.id, raisedAt: at.toISOString() } },
    });
    expect(resolved.id).not.toBe(raised.id);
  });

  test('have ids without a full stop, which parts what is signed', () => {
    const ids = [alertMessage(experiment, alert).id, reportId(experiment.id, at), decided('SHIP')?.id, shipped()?.id];
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,100}$/);
  });

  const judged = (sequence: number, decision: Decision, winner: string | null = null) => ({
    sequence,
    at,
    result: { decision, winner, summary: 'In words.', confirmatory: true },
  });
  const decided = (decision: Decision, before: Decision | null = null) =>
    decisionMessage(experiment, judged(2, decision), before && judged(1, before), []);

  test.each<[Decision | null, Decision, boolean]>([
    [null, 'INSUFFICIENT_DATA', false],
    [null, 'KEEP_RUNNING', false],
    [null, 'INVALID', true],
    ['INSUFFICIENT_DATA', 'KEEP_RUNNING', false],
    ['KEEP_RUNNING', 'SHIP', true],
    ['SHIP', 'SHIP', false],
    ['SHIP', 'KEEP_RUNNING', true],
    ['SHIP', 'ROLL_BACK', true],
  ])('after %s the decision %s is news: %s', (before, decision, isNews) => {
    const message = decided(decision, before);
    expect(message !== null).toBe(isNews);
    if (message) expect(message.body.data).toMatchObject({ decision, previousDecision: before, sequence: 2 });
  });

  test('tell of another winner', () => {
    const message = decisionMessage(experiment, judged(2, 'SHIP', 'blue'), judged(1, 'SHIP', 'green'), []);
    expect(message?.body.data).toMatchObject({ winner: 'blue' });
  });

  test('tell no decision without the critical alerts that are open, nor of a winner that is switched off without saying so', () => {
    const summaryBeside = (...openAlerts: { kind: AlertKind; severity: AlertSeverity }[]) => {
      const body = decisionMessage(experiment, judged(2, 'SHIP', 'blue'), null, openAlerts)?.body;
      return body?.type === 'decision.changed' ? body.data.summary : null;
    };
    const halted = { kind: 'BANDIT_HALTED', severity: 'CRITICAL' } as const;
    const breached = { kind: 'GUARDRAIL_BREACH', severity: 'CRITICAL' } as const;
    const off = { ...experiment, disabledVariants: ['blue'] };
    expect(decisionMessage(off, judged(2, 'SHIP', 'blue'), null, [halted])?.body.data).toMatchObject({
      summary: 'In words. blue is switched off. An alert is open: BANDIT_HALTED.',
    });
    expect(summaryBeside({ kind: 'UNDERPOWERED', severity: 'WARNING' })).toBe('In words.');
    expect(summaryBeside(halted)).toBe('In words. An alert is open: BANDIT_HALTED.');
    expect(summaryBeside(breached, breached, halted)).toBe('In words. 3 alerts are open: GUARDRAIL_BREACH and BANDIT_HALTED.');
  });

  const shipped = (changes: object = { status: 'STOPPED', shippedVariant: 'green' }) =>
    statusMessage(experiment, { ...experiment, revision: 2, ...changes }, { actor: 'ann', reason: 'enough', at });

  test('tell of a status that moved and of what is shipped, and of nothing else', () => {
    expect(shipped()?.body.data).toEqual({
      experimentKey: 'checkout',
      experimentName: 'Checkout',
      status: 'STOPPED',
      previousStatus: 'RUNNING',
      shippedVariant: 'green',
      reason: 'enough',
      actor: 'ann',
    });
    expect(shipped({ shippedVariant: 'control' })).not.toBeNull();
    expect(shipped({ looksUsed: 3 })).toBeNull();
  });

  test('name what was shipped only while it is served', () => {
    const stopped = { ...experiment, status: 'STOPPED', shippedVariant: 'green' } as const;
    const archived = statusMessage(stopped, { ...stopped, status: 'ARCHIVED' }, { actor: 'ann', reason: null, at });
    expect(archived?.body.data).toMatchObject({ previousStatus: 'STOPPED', status: 'ARCHIVED', shippedVariant: null });
  });
});

describe('receivers', () => {
  const faultsOf = (list: unknown) => readEndpoints(list).faults;

  test('are read with what they leave out', () => {
    const list = [receiver, { name: 'chat', url: 'http://127.0.0.1:9/x', format: 'SLACK' }];
    expect(readEndpoints(list)).toEqual({
      faults: [],
      endpoints: [
        { name: 'ops', url: receiver.url, format: 'BELLWETHER', secrets: [secret], kinds: null, experiments: null },
        { name: 'chat', url: 'http://127.0.0.1:9/x', format: 'SLACK', secrets: [], kinds: null, experiments: null },
      ],
    });
  });

  test.each<[string, object, RegExp]>([
    ['plain http to elsewhere', { url: 'http://hooks.example/x' }, /^\[0\]\.url: expected an https address/],
    ['a password in the address', { url: 'https://a:b@hooks.example/x' }, /^\[0\]\.url/],
    ['no address', { url: undefined }, /^\[0\]\.url/],
    ['a name with a space', { name: 'a b' }, /^\[0\]\.name/],
    ['no secret', { secret: undefined }, /^\[0\]\.secret: expected "whsec_"/],
    ['a short secret', { secret: 'whsec_AAAA' }, /^\[0\]\.secret/],
    ['a secret that is no base64', { secret: `whsec_${'!'.repeat(32)}` }, /^\[0\]\.secret/],
    ['three secrets', { secret: [secret, secret, secret] }, /^\[0\]\.secret/],
    ['an unknown format', { format: 'TEAMS' }, /^\[0\]\.format: expected one of BELLWETHER, SLACK, PAGERDUTY$/],
    ['a secret for SLACK', { format: 'SLACK' }, /^\[0\]\.secret: expected none/],
    ['an unknown kind', { kinds: ['EVERYTHING'] }, /^\[0\]\.kinds: expected a list of GUARDRAIL_BREACH, /],
    ['no kinds', { kinds: [] }, /^\[0\]\.kinds/],
    ['a report for PAGERDUTY', { format: 'PAGERDUTY', secret: integrationKey, kinds: ['REPORT'] }, /^\[0\]\.kinds/],
    ['a key that is none', { experiments: ['Not a key'] }, /^\[0\]\.experiments/],
    ['a misspelt member', { kind: ['REPORT'] }, /^\[0\]: has no member "kind"; there are name, url/],
  ])('are refused for %s', (_, changes, fault) => {
    expect(faultsOf([{ ...receiver, ...changes }])).toEqual([expect.stringMatching(fault)]);
  });

  test('are refused together when two share a name, and never shown', () => {
    const faults = faultsOf([receiver, receiver, { ...receiver, url: 'http://secret.example', secret: 'hunter2', name: 'other' }]);
    expect(faults).toEqual([expect.stringContaining('[2].url'), expect.stringContaining('[2].secret'), expect.stringContaining('"ops"')]);
    expect(faults.join()).not.toMatch(/secret\.example|hunter2/);
  });

  test('get the kinds and experiments that they ask for', () => {
    const [endpoint] = readEndpoints([{ ...receiver, kinds: ['DECISION', 'REPORT'], experiments: ['checkout'] }]).endpoints;
    if (!endpoint) throw new Error('none was read');
    expect(isWanted(endpoint, { kind: 'DECISION', experimentKey: 'checkout' })).toBe(true);
    expect(isWanted(endpoint, { kind: 'STATUS', experimentKey: 'checkout' })).toBe(false);
    expect(isWanted(endpoint, { kind: 'DECISION', experimentKey: 'search' })).toBe(false);
  });

  test('of every format take every kind of alert, and all but PAGERDUTY the rest', () => {
    for (const format of webhookFormats) {
      const endpoint = { name: 'x', url: receiver.url, format, secrets: [], kinds: null, experiments: null };
      expect(alertKinds.every((kind) => takesKind(endpoint, kind))).toBe(true);
      expect(takesKind(endpoint, 'REPORT')).toBe(format !== 'PAGERDUTY');
    }
  });
});

describe('attempts', () => {
  const next = (changes: object = {}) => nextAttemptAt({ attempts: 1, since: at, now: at, retryAfterMs: null, random: 0, ...changes });
  const pauseOf = (changes: object) => (next(changes)?.getTime() ?? Number.NaN) - at.getTime();

  test('come at pauses that double from 5 seconds to an hour', () => {
    const pauses = Array.from({ length: 13 }, (_, i) => pauseOf({ attempts: i + 1 }) / 1_000);
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]);
    expect(pauseOf({ attempts: 2_000 })).toBe(3_600_000);
  });

  test('are spread over half of the pause', () => {
    expect(pauseOf({ attempts: 2, random: 0.5 })).toBe(7_500);
    expect(pauseOf({ attempts: 2, random: 0.999_999 })).toBeGreaterThanOrEqual(5_000);
  });

  test('wait as long as the receiver asks, up to an hour', () => {
    expect(pauseOf({ retryAfterMs: 30_000 })).toBe(30_000);
    expect(pauseOf({ retryAfterMs: 1 })).toBe(5_000);
    expect(pauseOf({ retryAfterMs: 9e9 })).toBe(3_600_000);
  });

  test('end a day after the message', () => {
    const dayLater = new Date(at.getTime() + 86_400_000);
    expect(next({ attempts: 20, now: new Date(dayLater.getTime() - 3_600_000) })).toEqual(dayLater);
    expect(next({ attempts: 20, now: new Date(dayLater.getTime() - 3_599_999) })).toBeNull();
  });
});
