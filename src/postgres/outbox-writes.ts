import type { WebhookMessage } from '../core/webhook.js';
import { type Sql, statement } from './database.js';

const insertMessage = statement(
  'insert_outbox_message',
  `insert into outbox_message (id, kind, experiment_key, follows, body, at) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
);

/** Leaves messages for the outside, in the caller's transaction; those that are there already stay as they are. */
export async function insertMessages(sql: Sql, messages: readonly WebhookMessage[], at: Date): Promise<void> {
  for (const { id, kind, experimentKey, follows, body } of messages) {
    await insertMessage(sql, [id, kind, experimentKey, follows, JSON.stringify(body), at]);
  }
}
