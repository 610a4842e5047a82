import type { Dashboard } from './dashboard.js';
import { perSecond, quantile } from './queries.js';
import { processesRow, storesRow } from './stores-and-processes.js';

const assignmentTime = 'bellwether_assignment_duration_seconds';
const requestTime = 'bellwether_request_duration_seconds';

/** Whether users are served: assignments, requests, stores, sockets, processes. */
export const service: Dashboard = {
  name: 'service',
  title: 'Service',
  description: 'Whether users are served, how fast, and what it stands on.',
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Instances',
          description: 'Those that answer at /metrics.',
          unit: 'short',
          queries: [['sum(up{job=~"bellwether.*"})', '']],
          stat: true,
          limit: { at: 2, bad: 'below' },
        },
        {
          title: 'Assignments',
          description: 'Served a second, by all instances.',
          unit: 'reqps',
          queries: [[perSecond('bellwether_assignments_total'), '']],
          stat: true,
        },
        {
          title: 'Slowest assignment in 100',
          description: '99th percentile, without `assign`, which waits for a commit. The promise is 50 ms.',
          unit: 's',
          queries: [[quantile(0.99, assignmentTime, { where: '{operation!="assign"}' }), '']],
          stat: true,
          limit: { at: 0.05, bad: 'above' },
        },
        {
          title: 'Answered without knowledge',
          description: 'Share of assignments with the reason FALLBACK: the control, not counted.',
          unit: 'percentunit',
          queries: [
            [
              `${perSecond('bellwether_assignments_total', { where: '{reason="FALLBACK"}' })} / ${perSecond('bellwether_assignments_total')}`,
              '',
            ],
          ],
          stat: true,
          limit: { at: 0.01, bad: 'above' },
        },
        {
          title: 'Stores that answer',
          description: 'To every instance: 3 when all is well.',
          unit: 'short',
          queries: [['sum(min by (store) (bellwether_store_up))', '']],
          stat: true,
          limit: { at: 3, bad: 'below' },
        },
        {
          title: 'Alerts',
          description: 'Firing now, without those that are only shown.',
          unit: 'short',
          queries: [['count(ALERTS{alertname=~"Bellwether.*",alertstate="firing",severity!="info"}) or vector(0)', '']],
          stat: true,
          limit: { at: 1, bad: 'above' },
        },
      ],
    },
    {
      title: 'Assignments',
      panels: [
        {
          title: 'Time',
          description:
            'From the head of a request read to its answer written. `assign` waits for the commit of an exposure and is left out.',
          unit: 's',
          queries: [0.5, 0.9, 0.99].map((q) => [quantile(q, assignmentTime, { where: '{operation!="assign"}' }), `p${q * 100}`] as const),
          limit: { at: 0.05, bad: 'above' },
          min: 0,
        },
        {
          title: 'Reasons',
          description: 'Why units got what they got, a second.',
          unit: 'reqps',
          queries: [[perSecond('bellwether_assignments_total', { by: ['reason'] }), '{{reason}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Fallbacks',
          description: 'Answers without knowledge, by experiment and cause.',
          unit: 'reqps',
          queries: [[perSecond('bellwether_assignment_fallbacks_total', { by: ['experiment', 'cause'] }), '{{experiment}} {{cause}}']],
          min: 0,
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          title: 'Requests',
          description: 'A second, by route and class of status.',
          unit: 'reqps',
          queries: [[perSecond(`${requestTime}_count`, { by: ['route', 'status'] }), '{{route}} {{status}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Time',
          description: '99th percentile by route.',
          unit: 's',
          queries: [[quantile(0.99, requestTime, { by: ['route'] }), '{{route}}']],
          min: 0,
        },
        {
          title: 'Refusals',
          description: 'Errors in answers, by code. INTERNAL_SERVER_ERROR is a fault of the service, UNAVAILABLE a store that is away.',
          unit: 'reqps',
          queries: [[perSecond('bellwether_refusals_total', { by: ['code'] }), '{{code}}']],
          min: 0,
        },
      ],
    },
    storesRow,
    {
      title: 'Live updates',
      panels: [
        {
          title: 'Sockets',
          description: 'Open now.',
          unit: 'short',
          queries: [['bellwether_websocket_connections', '{{instance}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Subscriptions',
          description: 'That run now, by field.',
          unit: 'short',
          queries: [['sum by (field) (bellwether_subscriptions)', '{{field}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Sockets closed',
          description: 'A second by close code, and those that the server dropped.',
          unit: 'short',
          queries: [
            [perSecond('bellwether_websocket_closes_total', { by: ['code'] }), '{{code}}'],
            [perSecond('bellwether_subscribers_dropped_total', { by: ['cause'] }), 'dropped: {{cause}}'],
          ],
          min: 0,
        },
      ],
    },
    processesRow,
  ],
};
