import type { Dashboard } from './dashboard.js';
import { perSecond, quantile } from './queries.js';

const received = perSecond('bellwether_events_received_total');
const wait = 'bellwether_group_commit_wait_seconds';
const duration = 'bellwether_group_commit_duration_seconds';

const mean = (metric: string) => `${perSecond(`${metric}_sum`)} / ${perSecond(`${metric}_count`)}`;

/** From an event at the door to its commit, and where it is kept. */
export const ingest: Dashboard = {
  name: 'ingest',
  title: 'Ingest',
  description: 'What becomes of exposures and events, how they share transactions, and what keeps them.',
  rows: [
    {
      title: 'At a glance',
      panels: [
        { title: 'Events', description: 'Taken in a second, exposures too.', unit: 'short', queries: [[received, '']], stat: true },
        {
          title: 'Refused for now',
          description: 'Share answered with UNAVAILABLE: not stored, and sent again by whoever keeps it.',
          unit: 'percentunit',
          queries: [[`${perSecond('bellwether_events_rejected_total', { where: '{code="UNAVAILABLE"}' })} / ${received}`, '']],
          stat: true,
          limit: { at: 0.01, bad: 'above' },
        },
        {
          title: 'Turned away for good',
          description: 'Share with a fault of their own; bots are left out.',
          unit: 'percentunit',
          queries: [[`${perSecond('bellwether_events_rejected_total', { where: '{code!~"UNAVAILABLE|BOT"}' })} / ${received}`, '']],
          stat: true,
          limit: { at: 0.05, bad: 'above' },
        },
        {
          title: 'Slowest wait in 100',
          description: '99th percentile of the wait for a transaction.',
          unit: 's',
          queries: [[quantile(0.99, wait), '']],
          stat: true,
          limit: { at: 0.5, bad: 'above' },
        },
        {
          title: 'Waiting',
          description: 'Events that wait on the instance where most do; past 20,000 it refuses more.',
          unit: 'short',
          queries: [['max(bellwether_group_commit_waiting_events)', '']],
          stat: true,
          limit: { at: 5_000, bad: 'above' },
        },
        {
          title: 'Under way',
          description:
            'Received and not answered yet. 0 at rest: every event received is accepted, a duplicate or rejected, to the last one.',
          unit: 'short',
          queries: [['sum(bellwether_events_received_total) - sum(bellwether_events_total)', '']],
          stat: true,
        },
      ],
    },
    {
      title: 'What becomes of them',
      panels: [
        {
          title: 'Received',
          description: 'A second, by kind.',
          unit: 'short',
          queries: [[perSecond('bellwether_events_received_total', { by: ['kind'] }), '{{kind}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Outcomes',
          description: 'A second. Duplicates are answers to senders that tried again, and count nothing twice.',
          unit: 'short',
          queries: [[perSecond('bellwether_events_total', { by: ['outcome'] }), '{{outcome}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Rejected',
          description: 'A second, by code.',
          unit: 'short',
          queries: [[perSecond('bellwether_events_rejected_total', { by: ['code'] }), '{{code}}']],
          min: 0,
        },
      ],
    },
    {
      title: 'Transactions',
      panels: [
        {
          title: 'Wait',
          description: 'Of requests for the transaction that they share.',
          unit: 's',
          queries: [
            [quantile(0.5, wait), 'p50'],
            [quantile(0.99, wait), 'p99'],
          ],
          limit: { at: 0.5, bad: 'above' },
          min: 0,
        },
        {
          title: 'Transaction',
          description: 'Time of a transaction, retries included: the database.',
          unit: 's',
          queries: [
            [quantile(0.5, duration, { by: ['outcome'] }), 'p50 {{outcome}}'],
            [quantile(0.99, duration, { by: ['outcome'] }), 'p99 {{outcome}}'],
          ],
          min: 0,
        },
        {
          title: 'Events a transaction',
          description: 'Mean, and the requests that they came in. 500 events are the bound unless one request has more.',
          unit: 'short',
          queries: [
            [mean('bellwether_group_commit_events'), 'events'],
            [mean('bellwether_group_commit_requests'), 'requests'],
          ],
          min: 0,
        },
        {
          title: 'Transactions',
          description: 'A second, by how they ended.',
          unit: 'short',
          queries: [[perSecond(`${duration}_count`, { by: ['outcome'] }), '{{outcome}}']],
          min: 0,
        },
        {
          title: 'Waiting events',
          description: 'By instance.',
          unit: 'short',
          queries: [['bellwether_group_commit_waiting_events', '{{instance}}']],
          limit: { at: 5_000, bad: 'above' },
          min: 0,
        },
        {
          title: 'Connections for events',
          description: 'Busy ones of the pool that events have for themselves.',
          unit: 'short',
          queries: [['bellwether_pool_connections{pool="ingest",state="busy"}', '{{instance}}']],
          min: 0,
        },
      ],
    },
    {
      title: 'What keeps them',
      panels: [
        {
          title: 'Partitions ahead',
          description: 'Days for which hour partitions exist; two is usual.',
          unit: 'short',
          queries: [['max by (table) (bellwether_partitions_ahead_seconds) / 86400', '{{table}}']],
          limit: { at: 1, bad: 'below' },
          min: 0,
        },
        {
          title: 'PostgreSQL',
          description: 'Time of a minimal question, by instance.',
          unit: 's',
          queries: [['bellwether_store_latency_seconds{store="postgres"}', '{{instance}}']],
          min: 0,
        },
        {
          title: 'Free disk',
          description: 'Below the data folder, where a store is embedded.',
          unit: 'bytes',
          queries: [['min by (instance) (bellwether_disk_free_bytes)', '{{instance}}']],
          min: 0,
        },
      ],
    },
  ],
};
