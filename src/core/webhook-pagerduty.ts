import type { WebhookBody } from './webhook.js';

const severities = { INFO: 'info', WARNING: 'warning', CRITICAL: 'critical' } as const;
const longestSummary = 1_024;

/**
 * An event of PagerDuty's Events API v2: an alert that is raised opens an incident, and its end closes it.
 *
 * @param routingKey integration key of the service
 * @returns null for what is no incident
 * @see https://developer.pagerduty.com/docs/events-api-v2-overview
 */
export function pagerDutyEvent(body: WebhookBody, routingKey: string): object | null {
  if (body.type !== 'alert.raised' && body.type !== 'alert.resolved') return null;
  const { id, experimentKey, experimentName, kind, severity, message, metric, variant } = body.data;
  const event = { routing_key: routingKey, dedup_key: id };
  if (body.type === 'alert.resolved') return { ...event, event_action: 'resolve' };
  return {
    ...event,
    event_action: 'trigger',
    client: 'Bellwether',
    payload: {
      summary: message.slice(0, longestSummary),
      source: experimentKey,
      severity: severities[severity],
      timestamp: body.timestamp,
      component: experimentKey,
      class: kind,
      custom_details: { experimentName, metric, variant },
    },
  };
}
