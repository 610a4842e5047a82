import type { Dashboard } from './dashboard.js';
import { perSecond, quantile } from './queries.js';

const runs = 'bellwether_job_duration_seconds';
const lag = 'bellwether_job_lag_seconds';

/** What goes by the clock: the queue, the runs of jobs and rounds, and who comes too late. */
export const jobs: Dashboard = {
  name: 'jobs',
  title: 'Jobs',
  description: 'Whether what goes by the clock is done, and in time.',
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Workers',
          description: 'Instances that run jobs.',
          unit: 'short',
          queries: [['count(bellwether_build_info{role=~"worker|all"}) or vector(0)', '']],
          stat: true,
          limit: { at: 1, bad: 'below' },
        },
        {
          title: 'Oldest job due',
          description: 'How long it has waited; 0 when none waits.',
          unit: 's',
          queries: [['max(bellwether_queue_oldest_due_seconds)', '']],
          stat: true,
          limit: { at: 60, bad: 'above' },
        },
        {
          title: 'Failed in an hour',
          description: 'Runs of jobs and rounds.',
          unit: 'short',
          queries: [[`sum(increase(${runs}_count{outcome="failed"}[1h])) or vector(0)`, '']],
          stat: true,
          limit: { at: 1, bad: 'above' },
        },
        {
          title: 'Guardrails watched',
          description: 'Since the last round over all experiments; one is made every 3 s.',
          unit: 's',
          queries: [['time() - max(bellwether_job_last_done_timestamp_seconds{task="guardrails"})', '']],
          stat: true,
          limit: { at: 15, bad: 'above' },
        },
        {
          title: 'Ticks of bandits',
          description: 'A minute.',
          unit: 'short',
          queries: [[`60 * ${perSecond('bellwether_bandit_ticks_total')}`, '']],
          stat: true,
        },
        {
          title: 'Evaluations',
          description: 'A minute.',
          unit: 'short',
          queries: [[`60 * ${perSecond('bellwether_evaluations_total')}`, '']],
          stat: true,
        },
      ],
    },
    {
      title: 'Queue',
      panels: [
        {
          title: 'Jobs in the queue',
          description: 'Delayed ones wait for their time, and failed ones are kept for an hour.',
          unit: 'short',
          queries: [['max by (state) (bellwether_queue_jobs)', '{{state}}']],
          min: 0,
        },
        {
          title: 'Oldest job due',
          description: 'How long it has waited.',
          unit: 's',
          queries: [['max(bellwether_queue_oldest_due_seconds)', 'oldest']],
          limit: { at: 60, bad: 'above' },
          min: 0,
        },
        {
          title: 'Job lag',
          description: 'From when a job was due to its beginning, 99th percentile.',
          unit: 's',
          queries: [[quantile(0.99, lag, { by: ['task'] }), '{{task}}']],
          min: 0,
        },
      ],
    },
    {
      title: 'Runs',
      panels: [
        {
          title: 'Runs',
          description: 'A second, of jobs and of the rounds that recur every few seconds.',
          unit: 'short',
          queries: [[perSecond(`${runs}_count`, { by: ['task'] }), '{{task}}']],
          min: 0,
        },
        {
          title: 'Job time',
          description: '99th percentile.',
          unit: 's',
          queries: [[quantile(0.99, runs, { by: ['task'] }), '{{task}}']],
          min: 0,
        },
        {
          title: 'Failures',
          description: 'A second.',
          unit: 'short',
          queries: [[perSecond(`${runs}_count`, { by: ['task'], where: '{outcome="failed"}' }), '{{task}}']],
          min: 0,
        },
        {
          title: 'Since it was last done',
          description: 'By whichever instance did it last.',
          unit: 's',
          queries: [['time() - max by (task) (bellwether_job_last_done_timestamp_seconds)', '{{task}}']],
          min: 0,
        },
        {
          title: 'Connections for jobs',
          description: 'Busy ones of the pool that jobs have for themselves.',
          unit: 'short',
          queries: [['bellwether_pool_connections{pool="jobs",state="busy"}', '{{instance}}']],
          min: 0,
        },
        {
          title: "The queue's Redis",
          description: 'Time of a minimal question, by instance.',
          unit: 's',
          queries: [['bellwether_store_latency_seconds{store="redis_queue"}', '{{instance}}']],
          min: 0,
        },
      ],
    },
    {
      title: 'Experiments',
      panels: [
        {
          title: 'Age of ticks',
          description: 'In intervals: over 2 is overdue.',
          unit: 'short',
          queries: [
            [
              'min by (experiment, task) (bellwether_experiment_tick_age_seconds) / max by (experiment, task) (bellwether_experiment_tick_period_seconds)',
              '{{experiment}} {{task}}',
            ],
          ],
          limit: { at: 2, bad: 'above' },
          min: 0,
        },
        {
          title: 'Ticks of bandits',
          description: 'A second, by what they came to. Outdated: another worker took the turn.',
          unit: 'short',
          queries: [[perSecond('bellwether_bandit_ticks_total', { by: ['outcome'] }), '{{outcome}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Evaluations',
          description: 'A second, by decision.',
          unit: 'short',
          queries: [[perSecond('bellwether_evaluations_total', { by: ['decision'] }), '{{decision}}']],
          stacked: true,
          min: 0,
        },
      ],
    },
    {
      title: 'Webhooks',
      panels: [
        {
          title: 'To be delivered',
          description: 'Messages, by receiver.',
          unit: 'short',
          queries: [['max by (endpoint) (bellwether_webhook_pending_messages)', '{{endpoint}}']],
          min: 0,
        },
        {
          title: 'Oldest message',
          description: 'How long it has been tried in vain.',
          unit: 's',
          queries: [['max by (endpoint) (bellwether_webhook_oldest_pending_seconds)', '{{endpoint}}']],
          limit: { at: 900, bad: 'above' },
          min: 0,
        },
        {
          title: 'Given up',
          description: 'Messages of the last month.',
          unit: 'short',
          queries: [['max by (endpoint) (bellwether_webhook_given_up_messages)', '{{endpoint}}']],
          min: 0,
        },
      ],
    },
  ],
};
