// What the programs of this folder ask: the same documents for every client. `GraphQL` before each is for tools that look for documents.
// `id` is the same for as long as a thing lives and unique over all types: caches that know things by it see every change.

export const createExperiment = /* GraphQL */ `
  mutation CreateExperiment($input: CreateExperimentInput!) {
    createExperiment(input: $input) { experiment { id key status } }
  }
`;

export const startExperiment = /* GraphQL */ `
  mutation StartExperiment($key: ID!) {
    startExperiment(key: $key) { experiment { id status } }
  }
`;

export const listExperiments = /* GraphQL */ `
  query ListExperiments($search: String!, $after: String) {
    experiments(first: 10, after: $after, filter: { search: $search }) {
      edges { cursor node { id key status } }
      pageInfo { endCursor hasNextPage }
    }
  }
`;

export const assign = /* GraphQL */ `
  mutation Assign($experimentKey: ID!, $userId: ID!) {
    assign(experimentKey: $experimentKey, unit: { userId: $userId }) { variant reason inExperiment allocationVersion exposureRecorded }
  }
`;

export const trackEvents = /* GraphQL */ `
  mutation TrackEvents($input: TrackEventsInput!) {
    trackEvents(input: $input) { accepted duplicates results { eventId status code message } }
  }
`;

export const countsUpdated = /* GraphQL */ `
  subscription CountsUpdated($key: ID!) {
    countsUpdated(experimentKeys: [$key]) { id variants { variant exposures conversions } }
  }
`;

export const evaluateExperiment = /* GraphQL */ `
  mutation EvaluateExperiment($key: ID!) {
    evaluateExperiment(key: $key) {
      evaluation { id decision summary comparisons { metric variant lift interval { lower upper } significant } }
      experiment { id results { id } }
    }
  }
`;

export const stopExperiment = /* GraphQL */ `
  mutation StopExperiment($key: ID!) {
    stopExperiment(key: $key, reason: "Seen enough") { experiment { id status } }
  }
`;
