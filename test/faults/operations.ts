/** What the tests of faults send over the API. */

export const createExperiment = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }';
export const startExperiment = 'mutation ($key: ID!) { startExperiment(key: $key) { experiment { status } } }';
export const setWeights =
  'mutation ($key: ID!, $weights: [VariantWeightInput!]!) { setWeights(key: $key, weights: $weights) { experiment { key } } }';
export const rollback = 'mutation ($key: ID!) { rollbackExperiment(key: $key, reason: "test") { experiment { status } } }';
export const assignment = `query ($key: ID!, $unit: UnitInput!) {
  assignment(experimentKey: $key, unit: $unit) { variant inExperiment reason allocationVersion } }`;
export const assign = `mutation ($key: ID!, $unit: UnitInput!) {
  assign(experimentKey: $key, unit: $unit) { variant inExperiment reason allocationVersion exposureRecorded } }`;
export const trackEvents = `mutation ($input: TrackEventsInput!) {
  trackEvents(input: $input) { accepted duplicates rejected replayed results { eventId status code } } }`;

export interface Given {
  readonly variant: string;
  readonly inExperiment: boolean;
  readonly reason: string;
  readonly allocationVersion: number;
}

/** An A/B test of variants `a` and `b` with one conversion metric, `bought`. */
export function abTest(key: string, more: object = {}): object {
  const variants = [
    { key: 'a', weight: 0.5 },
    { key: 'b', weight: 0.5 },
  ];
  return { key, name: key, variants, metrics: { primary: { key: 'bought', type: 'CONVERSION' } }, ...more };
}

export const shareOfB = (weight: number) => [
  { variant: 'a', weight: 1 - weight },
  { variant: 'b', weight },
];
