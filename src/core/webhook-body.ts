import { reportText } from './report-text.js';
import type { WebhookBody } from './webhook.js';
import type { WebhookEndpoint } from './webhook-endpoint.js';
import { pagerDutyEvent } from './webhook-pagerduty.js';
import { slackMessage } from './webhook-slack.js';

/**
 * What is sent of a message to a receiver, as JSON text: the same at every attempt, so that a signature over it means something.
 *
 * @returns null for what the receiver's format has no words for
 */
export function bodyOf(body: WebhookBody, { format, secrets }: Pick<WebhookEndpoint, 'format' | 'secrets'>): string | null {
  switch (format) {
    case 'BELLWETHER':
      return JSON.stringify(withText(body));
    case 'SLACK':
      return JSON.stringify(slackMessage(body));
    case 'PAGERDUTY': {
      const event = pagerDutyEvent(body, secrets[0] ?? '');
      return event && JSON.stringify(event);
    }
    default:
      return format satisfies never;
  }
}

/** A report carries its plain text too, for receivers that only pass it on. */
function withText(body: WebhookBody): object {
  return body.type === 'report.daily' ? { ...body, data: { ...body.data, text: reportText(body.data) } } : body;
}
