import { createHmac } from 'node:crypto';

export interface Signed {
  readonly messageId: string;
  /** When it is sent; a receiver refuses what is long past, so that nobody can play it back. */
  readonly at: Date;
  readonly body: string;
  /** `whsec_` and base64; each signs. Empty: unsigned. */
  readonly secrets: readonly string[];
}

/**
 * Headers by which a receiver knows a message again and that it is ours: HMAC-SHA256 over id, time and body.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookHeaders({ messageId, at, body, secrets }: Signed): Readonly<Record<string, string>> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64')}`;
  });
  const identity = { 'webhook-id': messageId, 'webhook-timestamp': String(timestamp) };
  return signatures.length === 0 ? identity : { ...identity, 'webhook-signature': signatures.join(' ') };
}
