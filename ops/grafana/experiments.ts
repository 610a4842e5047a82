import type { Dashboard } from './dashboard.js';
import { perSecond } from './queries.js';

const chosen = '{experiment=~"$experiment"}';
const movement = 'bellwether_allocation_movement_ratio';

/** What experiments and bandits do, and whether their results can be believed. */
export const experiments: Dashboard = {
  name: 'experiments',
  title: 'Experiments',
  description: 'Weights and how they move, sample ratios, conversion rates against their history, alerts.',
  byExperiment: true,
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Running',
          description: 'Experiments that run.',
          unit: 'short',
          queries: [['max(bellwether_experiments{status="RUNNING"})', '']],
          stat: true,
        },
        {
          title: 'Halted bandits',
          description: 'They give every variant the same weight until somebody sets them going again.',
          unit: 'short',
          queries: [['sum(max by (experiment) (bellwether_bandit_halted)) or vector(0)', '']],
          stat: true,
          limit: { at: 1, bad: 'above' },
        },
        {
          title: 'Lowest sample ratio p',
          description: 'Below 0.01 an experiment is invalid.',
          unit: 'short',
          queries: [['min(bellwether_srm_p_value)', '']],
          stat: true,
          limit: { at: 0.01, bad: 'below' },
        },
        {
          title: 'Largest z-score',
          description: 'Of a conversion rate against its history; over 3 is worth a look.',
          unit: 'short',
          queries: [['max(abs(bellwether_metric_zscore))', '']],
          stat: true,
          limit: { at: 3, bad: 'above' },
        },
        {
          title: 'Open alerts',
          description: 'Of experiments, in all.',
          unit: 'short',
          queries: [['sum(max by (experiment, kind) (bellwether_alerts_open)) or vector(0)', '']],
          stat: true,
          limit: { at: 1, bad: 'above' },
        },
        {
          title: 'Guardrails in a day',
          description: 'Breached in the last 24 hours.',
          unit: 'short',
          queries: [['sum(increase(bellwether_alerts_raised_total{kind="GUARDRAIL_BREACH"}[1d])) or vector(0)', '']],
          stat: true,
          limit: { at: 1, bad: 'above' },
        },
      ],
    },
    {
      title: 'Weights',
      panels: [
        {
          title: 'Weights',
          description: "Each variant's share of included units.",
          unit: 'percentunit',
          queries: [[`max by (experiment, variant) (bellwether_allocation_weight${chosen})`, '{{experiment}} {{variant}}']],
          min: 0,
          max: 1,
        },
        {
          title: 'Last movement',
          description: 'Share of traffic that changed variant at the last update: total variation.',
          unit: 'percentunit',
          queries: [[`max by (experiment) (bellwether_allocation_last_movement_ratio${chosen})`, '{{experiment}}']],
          limit: { at: 0.5, bad: 'above' },
          min: 0,
          max: 1,
        },
        {
          title: 'Updates',
          description: 'A minute, by what made them.',
          unit: 'short',
          queries: [[`60 * ${perSecond(`${movement}_count`, { by: ['cause'] })}`, '{{cause}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Movement of updates',
          description: 'By bandits: mean, and the largest tenth and hundredth.',
          unit: 'percentunit',
          queries: [
            [
              `${perSecond(`${movement}_sum`, { where: '{cause="BANDIT"}' })} / ${perSecond(`${movement}_count`, { where: '{cause="BANDIT"}' })}`,
              'mean',
            ],
            ...[0.9, 0.99].map(
              (q) =>
                [
                  `histogram_quantile(${q}, sum by (le) (rate(${movement}_bucket{cause="BANDIT"}[$__rate_interval])))`,
                  `p${q * 100}`,
                ] as const,
            ),
          ],
          limit: { at: 0.5, bad: 'above' },
          min: 0,
          max: 1,
        },
        {
          title: 'Variance of weights',
          description:
            'How uneven they are. With k variants it cannot pass (k - 1) / k², 0.1875 for four, so it is shown and raises no alert.',
          unit: 'short',
          queries: [[`max by (experiment) (bellwether_allocation_weight_variance${chosen})`, '{{experiment}}']],
          min: 0,
        },
        {
          title: 'Traffic',
          description: 'Share of eligible units that is included.',
          unit: 'percentunit',
          queries: [[`max by (experiment) (bellwether_allocation_traffic_ratio${chosen})`, '{{experiment}}']],
          min: 0,
          max: 1,
        },
      ],
    },
    {
      title: 'Whether results can be believed',
      panels: [
        {
          title: 'Sample ratio p',
          description: 'Of the last evaluation, valid however often it is read. Below 0.01 nothing is decided.',
          unit: 'short',
          queries: [[`min by (experiment) (bellwether_srm_p_value${chosen})`, '{{experiment}}']],
          limit: { at: 0.01, bad: 'below' },
          logarithmic: true,
          max: 1,
        },
        {
          title: 'Conversion rate against its history',
          description:
            'Standard errors between the last 24 hours and the week before. All variants alike: the world. One alone: that variant.',
          unit: 'short',
          queries: [[`max by (experiment, variant) (bellwether_metric_zscore${chosen})`, '{{experiment}} {{variant}}']],
        },
        {
          title: 'Open alerts',
          description: 'Of the chosen experiments, by kind.',
          unit: 'short',
          queries: [[`max by (experiment, kind, severity) (bellwether_alerts_open${chosen})`, '{{experiment}} {{kind}}']],
          stacked: true,
          min: 0,
        },
      ],
    },
    {
      title: 'Decisions',
      panels: [
        {
          title: 'Experiments',
          description: 'By status.',
          unit: 'short',
          queries: [['max by (status) (bellwether_experiments)', '{{status}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Decisions',
          description: 'Evaluations an hour, by what they came to.',
          unit: 'short',
          queries: [[`3600 * ${perSecond('bellwether_evaluations_total', { by: ['decision'] })}`, '{{decision}}']],
          stacked: true,
          min: 0,
        },
        {
          title: 'Alerts raised',
          description: 'In an hour, by kind.',
          unit: 'short',
          queries: [['sum by (kind) (increase(bellwether_alerts_raised_total[1h]))', '{{kind}}']],
          stacked: true,
          min: 0,
        },
      ],
    },
  ],
};
