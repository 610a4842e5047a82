import { describe, expect, test } from 'vitest';
import type { Experiment } from '../../src/core/experiment.js';
import { alertMessage, decisionMessage, statusMessage, type WebhookBody } from '../../src/core/webhook.js';
import { bodyOf } from '../../src/core/webhook-body.js';
import { sampleExperiment } from './samples.js';

const at = new Date('2026-01-31T12:00:00.000Z');
const experiment = sampleExperiment({}, { name: 'Checkout' });
const alert = {
  id: '7d1f0f4e-34a8-4f0a-8f0e-0f6b7b1f2a3c',
  experimentKey: 'checkout',
  kind: 'GUARDRAIL_BREACH',
  severity: 'WARNING',
  message: 'Errors < 1 & rising in <!channel>.',
  metric: 'error',
  variant: 'green',
  at,
  resolvedAt: null,
} as const;
const raised = alertMessage(experiment, alert).body;
const resolved = alertMessage(experiment, { ...alert, resolvedAt: at }).body;
const started = statusMessage(sampleExperiment({ status: 'DRAFT' }), experiment, { actor: 'ann', reason: null, at })?.body as WebhookBody;

const sent = (body: WebhookBody, format: 'BELLWETHER' | 'SLACK' | 'PAGERDUTY') =>
  JSON.parse(bodyOf(body, { format, secrets: ['routing'] }) ?? 'null');

describe('for BELLWETHER', () => {
  test('type, timestamp and data come as they are', () => {
    expect(sent(raised, 'BELLWETHER')).toEqual(raised);
    expect(Object.keys(sent(raised, 'BELLWETHER'))).toEqual(['type', 'timestamp', 'data']);
  });
});

describe('for SLACK', () => {
  test('markup in what people wrote is no markup', () => {
    expect(sent(raised, 'SLACK')).toEqual({
      text: ':warning: WARNING: GUARDRAIL_BREACH in checkout',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: '*:warning: WARNING: GUARDRAIL_BREACH in checkout*' } },
        { type: 'section', text: { type: 'mrkdwn', text: 'Errors &lt; 1 &amp; rising in &lt;!channel&gt;.' } },
      ],
    });
    expect(sent(resolved, 'SLACK').text).toBe(':white_check_mark: Resolved: GUARDRAIL_BREACH in checkout');
    expect(sent(started, 'SLACK').text).toBe('checkout: DRAFT to RUNNING');
  });

  test('a decision is a call in plain words, which names the winner', () => {
    const titleOf = (decision: 'SHIP' | 'DO_NOT_SHIP', winner: string | null, confirmatory = true) => {
      const result = { decision, winner, summary: 'In words.', confirmatory };
      return sent(decisionMessage(experiment, { sequence: 1, at, result }, null, [])?.body as WebhookBody, 'SLACK').text;
    };
    expect(titleOf('SHIP', 'green')).toBe('checkout: Ship green');
    expect(titleOf('SHIP', 'green', false)).toBe('checkout: Ship green (dry run)');
    expect(titleOf('DO_NOT_SHIP', null)).toBe('checkout: Do not ship');
  });

  test('an end names the variant that it ships, and an archiving none', () => {
    const stopped = { ...experiment, status: 'STOPPED', shippedVariant: 'green' } as const;
    const titleOf = (before: Experiment, after: Experiment) =>
      sent(statusMessage(before, after, { actor: 'ann', reason: null, at })?.body as WebhookBody, 'SLACK').text;
    expect(titleOf(experiment, stopped)).toBe('checkout: RUNNING to STOPPED, green shipped');
    expect(titleOf(stopped, { ...stopped, status: 'ARCHIVED' })).toBe('checkout: STOPPED to ARCHIVED');
  });

  test('a section never has more than the 3,000 characters that are taken', () => {
    const long = alertMessage(experiment, { ...alert, message: '&'.repeat(10_000) }).body;
    const lengths = sent(long, 'SLACK').blocks.map(({ text }: { text: { text: string } }) => text.text.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(3_000);
    expect(sent(long, 'SLACK').blocks[1].text.text).toMatch(/^(&amp;)+…$/);
  });
});

describe('for PAGERDUTY', () => {
  test('an alert opens an incident and its end closes the same', () => {
    expect(sent(raised, 'PAGERDUTY')).toEqual({
      routing_key: 'routing',
      dedup_key: alert.id,
      event_action: 'trigger',
      client: 'Bellwether',
      payload: {
        summary: alert.message,
        source: 'checkout',
        severity: 'warning',
        timestamp: at.toISOString(),
        component: 'checkout',
        class: 'GUARDRAIL_BREACH',
        custom_details: { experimentName: 'Checkout', metric: 'error', variant: 'green' },
      },
    });
    expect(sent(resolved, 'PAGERDUTY')).toEqual({ routing_key: 'routing', dedup_key: alert.id, event_action: 'resolve' });
  });

  test('there are no words for what is no incident', () => {
    expect(bodyOf(started, { format: 'PAGERDUTY', secrets: ['routing'] })).toBeNull();
  });
});
