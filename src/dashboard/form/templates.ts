import { emptyGuardrail, emptyMetric, emptyValues, emptyVariant, type FormValues, type VariantValues } from './values.js';

/** Where a new experiment may start from. */
export interface Template {
  readonly id: string;
  readonly title: string;
  /** For whom, in a sentence. */
  readonly purpose: string;
  readonly values: FormValues;
}

const conversion = (key: string, name: string) => ({ ...emptyMetric, key, name });

const errors = { ...emptyGuardrail, key: 'error', name: 'Visitors who met an error', threshold: 0.01 };

/** Equal parts of one, the first the control. */
function evenly(...keys: readonly string[]): readonly VariantValues[] {
  const weights = evenWeights(keys.length);
  return keys.map((key, place) => ({ ...emptyVariant, key, weight: weights[place] ?? 0, isControl: place === 0 }));
}

/** Weights of four decimals, as equal as they go, that sum to 1 as people read them. */
export function evenWeights(variants: number): readonly number[] {
  const slots = 10_000;
  const [share, left] = [Math.floor(slots / variants), slots % variants];
  return Array.from({ length: variants }, (_, place) => (share + (place < left ? 1 : 0)) / slots);
}

export const templates: readonly Template[] = [
  {
    id: 'empty',
    title: 'A/B test',
    purpose: 'Two versions, one measure of success. The plainest beginning.',
    values: { ...emptyValues, metrics: { primary: conversion('conversion', 'Visitors who convert'), secondary: [], guardrails: [] } },
  },
  {
    id: 'layout',
    title: 'Front-end layout',
    purpose: 'A new page against the old one for every visitor, watched live, with errors as the guardrail.',
    values: {
      ...emptyValues,
      hashKey: 'deviceId',
      variants: evenly('current', 'redesign'),
      metrics: {
        primary: conversion('checkout', 'Visitors who check out'),
        secondary: [conversion('add_to_cart', 'Visitors who add to the cart')],
        guardrails: [errors],
      },
      evaluation: { ...emptyValues.evaluation, minimumEffect: 0.05, segments: ['device'] },
    },
  },
  {
    id: 'ranking',
    title: 'Ranking by cluster',
    purpose: 'Whole clusters (markets, stores) get one ranking, so that units which influence one another stay together.',
    values: {
      ...emptyValues,
      design: 'CLUSTER',
      hashKey: 'clusterId',
      variants: evenly('ranking-today', 'ranking-new'),
      metrics: {
        primary: { ...conversion('revenue', 'Revenue of a cluster'), type: 'CONTINUOUS', cuped: true },
        secondary: [],
        guardrails: [],
      },
      evaluation: { ...emptyValues.evaluation, minSampleSize: 30 },
    },
  },
  {
    id: 'pricing',
    title: 'Pricing by tenant',
    purpose: 'Customers as a whole see one price. A fixed number of looks, planned ahead, for a decision that is hard to take back.',
    values: {
      ...emptyValues,
      hashKey: 'tenantId',
      variants: evenly('price-today', 'price-new'),
      metrics: {
        primary: { ...conversion('revenue', 'Revenue of a customer'), type: 'CONTINUOUS' },
        secondary: [],
        guardrails: [{ ...emptyGuardrail, key: 'cancelled', name: 'Customers who cancel', threshold: 0.01 }],
      },
      evaluation: {
        ...emptyValues.evaluation,
        method: 'GROUP_SEQUENTIAL',
        horizonUnits: 5_000,
        minSampleSize: 200,
        schedule: 'daily_0000_utc',
      },
    },
  },
  {
    id: 'canary',
    title: 'Infrastructure canary',
    purpose: 'A new build for a twentieth of the traffic, taken back by itself when errors or latency grow.',
    values: {
      ...emptyValues,
      hashKey: 'deviceId',
      variants: [
        { ...emptyVariant, key: 'stable', weight: 0.95, isControl: true },
        { ...emptyVariant, key: 'canary', weight: 0.05 },
      ],
      metrics: {
        primary: { ...conversion('request_failed', 'Clients with a failed request'), direction: 'DECREASE' },
        secondary: [],
        guardrails: [
          errors,
          { ...emptyGuardrail, key: 'latency_ms', name: 'Time spent waiting, ms', type: 'CONTINUOUS', cap: 60_000, threshold: 200 },
        ],
      },
      evaluation: { ...emptyValues.evaluation, schedule: 'every_10s' },
    },
  },
  {
    id: 'bandit',
    title: 'Many-variant bandit',
    purpose: 'Several ideas at once: traffic moves to what works while it runs. Buys reward rather than a precise comparison.',
    values: {
      ...emptyValues,
      design: 'BANDIT',
      variants: evenly('control', 'idea-a', 'idea-b', 'idea-c', 'idea-d'),
      metrics: { primary: conversion('click', 'Visitors who click'), secondary: [], guardrails: [] },
      bandit: { ...emptyValues.bandit, maxWeight: 0.8 },
    },
  },
];
