/** Reads the receivers of webhooks from the environment. */
import type { Parser } from './config-values.js';
import { readEndpoints, type WebhookEndpoint } from './core/webhook-endpoint.js';

/** A JSON list of receivers. What is wrong is told without showing them, for they hold secrets. */
export const webhooks: Parser<readonly WebhookEndpoint[]> = (text) => {
  const list = parsed(text);
  if (list === undefined) return { expected: 'a JSON list of receivers', received: `${text.length} characters that are no JSON` };
  const { endpoints, faults } = readEndpoints(list);
  if (faults.length === 0) return { value: Object.freeze(endpoints) };
  return { expected: 'a JSON list of receivers as docs/webhooks.md has it', received: `a list with faults (${faults.join('; ')})` };
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
