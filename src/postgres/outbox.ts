import type pg from 'pg';
import type { WebhookBody, WebhookKind } from '../core/webhook.js';
import type { ClaimedDelivery, EndpointBacklog, Outbox } from '../services/outbox.js';
import { inTransaction, reading, statement } from './database.js';
import { insertMessages } from './outbox-writes.js';

interface MessageRow {
  readonly id: string;
  readonly kind: WebhookKind;
  readonly experiment_key: string;
}

const lockUnrouted = statement<MessageRow>(
  'lock_unrouted_messages',
  'select id, kind, experiment_key from outbox_message where routed_at is null order by at, id limit $1 for update skip locked',
);

const insertDeliveries = statement(
  'insert_outbox_deliveries',
  `insert into outbox_delivery (message_id, endpoint, state, attempts, due_at)
   select message_id, endpoint, 'PENDING', 0, $3 from unnest($1::text[], $2::text[]) as d (message_id, endpoint)
   on conflict do nothing`,
);

const markRouted = statement('mark_messages_routed', 'update outbox_message set routed_at = $2 where id = any($1)');

/**
 * Rows that another worker has locked are passed over, so two never wait for each other and never take the same. The claim is counted before
 * anything is sent: a message that ends its sender is not sent again and again without a pause.
 */
const claimDue = statement<{ messageId: string; body: WebhookBody; at: Date; attempts: number }>(
  'claim_outbox_deliveries',
  `with due as (
     select d.message_id, m.body, m.at from outbox_delivery d join outbox_message m on m.id = d.message_id
     where d.endpoint = $1 and d.state = 'PENDING' and d.due_at <= $2
       and not exists (
         select from outbox_message before left join outbox_delivery there on there.message_id = before.id and there.endpoint = $1
         where before.id = m.follows and (before.routed_at is null or there.state = 'PENDING'))
     order by d.due_at, m.at, d.message_id limit $4
     for update of d skip locked)
   update outbox_delivery d set attempts = d.attempts + 1, due_at = $3
   from due where d.message_id = due.message_id and d.endpoint = $1
   returning d.message_id as "messageId", due.body, due.at, d.attempts`,
);

const settleDelivered = statement(
  'settle_delivered',
  `update outbox_delivery set state = 'DELIVERED', delivered_at = $3 where message_id = $1 and endpoint = $2`,
);

/** Only by who made the last attempt: a later one speaks for itself. */
const settleFailed = statement(
  'settle_failed',
  `update outbox_delivery set state = $3, due_at = coalesce($4, due_at), last_error = $5, last_error_at = $6
   where message_id = $1 and endpoint = $2 and state = 'PENDING' and attempts = $7`,
);

const giveUpOld = statement(
  'give_up_old_deliveries',
  `update outbox_delivery d set state = 'GIVEN_UP', last_error = coalesce(d.last_error, 'Nobody sent it within a day; is its receiver still configured?'), last_error_at = $2
   from outbox_message m where m.id = d.message_id and d.state = 'PENDING' and d.due_at <= $2 and m.at < $1`,
);

const readBacklog = statement<Omit<EndpointBacklog, 'lastFailure'> & { lastErrorAt: Date | null; lastError: string | null }>(
  'outbox_backlog',
  `select endpoint,
          count(*) filter (where state = 'PENDING') as pending,
          min(m.at) filter (where state = 'PENDING') as "oldestPendingAt",
          count(*) filter (where state = 'DELIVERED') as delivered,
          count(*) filter (where state = 'GIVEN_UP') as "givenUp",
          max(delivered_at) as "lastDeliveredAt",
          max(last_error_at) as "lastErrorAt",
          (array_agg(last_error order by last_error_at desc nulls last))[1] as "lastError"
   from outbox_delivery d join outbox_message m on m.id = d.message_id group by endpoint order by endpoint`,
);

/** The outbox over a pool of its caller's. */
export function createOutbox(pool: pg.Pool): Outbox {
  return {
    tell: (messages, at) => reading(() => inTransaction(pool, (sql) => insertMessages(sql, messages, at))),

    told: (ids) =>
      reading(async () => {
        const { rows } = await pool.query<{ id: string }>('select id from outbox_message where id = any($1)', [ids]);
        return new Set(rows.map(({ id }) => id));
      }),

    route: (to, at, limit) =>
      reading(() =>
        inTransaction(pool, async (sql) => {
          const { rows } = await lockUnrouted(sql, [limit]);
          const deliveries = rows.flatMap(({ id, kind, experiment_key }) =>
            to({ kind, experimentKey: experiment_key }).map((endpoint) => ({ id, endpoint })),
          );
          if (deliveries.length > 0) {
            await insertDeliveries(sql, [deliveries.map(({ id }) => id), deliveries.map(({ endpoint }) => endpoint), at]);
          }
          if (rows.length > 0) await markRouted(sql, [rows.map(({ id }) => id), at]);
          return rows.length;
        }),
      ),

    claim: (endpoint, at, leaseMs, limit) =>
      reading(async () => (await claimDue(pool, [endpoint, at, new Date(at.getTime() + leaseMs), limit])).rows),

    settle: (endpoint, { messageId, attempts }: ClaimedDelivery, outcome, at) =>
      reading(async () => {
        if (outcome.state === 'DELIVERED') await settleDelivered(pool, [messageId, endpoint, at]);
        else {
          const dueAt = outcome.state === 'PENDING' ? outcome.dueAt : null;
          await settleFailed(pool, [messageId, endpoint, outcome.state, dueAt, outcome.error, at, attempts]);
        }
      }),

    giveUp: (before, at) => reading(async () => (await giveUpOld(pool, [before, at])).rowCount ?? 0),

    dropBefore: (before) => reading(async () => void (await pool.query('delete from outbox_message where routed_at < $1', [before]))),

    backlog: () =>
      reading(async () => {
        const { rows } = await readBacklog(pool, []);
        return rows.map(({ lastError, lastErrorAt, ...row }) => ({
          ...row,
          lastFailure: lastError !== null && lastErrorAt !== null ? { at: lastErrorAt, error: lastError } : null,
        }));
      }),
  };
}
