// The whole way of an experiment with Relay: created, started, met by visitors, followed live, judged, stopped.
//
//   npx relay-compiler && npx vite build
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=ADMIN-KEY node dist/way.js NEW-EXPERIMENT
import {
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  type GraphQLTaggedNode,
  getRequest,
  graphql,
  type MutationParameters,
  requestSubscription,
} from 'relay-runtime';
import { definition, eventsOf, totals, visitors } from '../../visitors.mjs';
import type { wayAssignMutation } from './__generated__/wayAssignMutation.graphql';
import type { wayCountsSubscription } from './__generated__/wayCountsSubscription.graphql';
import type { wayCreateMutation } from './__generated__/wayCreateMutation.graphql';
import type { wayEvaluateMutation } from './__generated__/wayEvaluateMutation.graphql';
import type { wayQuery } from './__generated__/wayQuery.graphql';
import type { wayStartMutation } from './__generated__/wayStartMutation.graphql';
import type { wayStopMutation } from './__generated__/wayStopMutation.graphql';
import type { wayTrackMutation } from './__generated__/wayTrackMutation.graphql';
import type { wayWeightsMutation } from './__generated__/wayWeightsMutation.graphql';
import { loadAllocations } from './allocations';
import { createRelay } from './environment';

const { BELLWETHER_URL: url = 'http://localhost:4000', BELLWETHER_KEY: secret = '' } = process.env;
const key = process.argv[2] ?? 'relay';
const { environment, close } = createRelay(url, secret);

function mutate<Mutation extends MutationParameters>(mutation: GraphQLTaggedNode, variables: Mutation['variables']) {
  return new Promise<Mutation['response']>((resolve, reject) => {
    commitMutation<Mutation>(environment, { mutation, variables, onCompleted: (response) => resolve(response), onError: reject });
  });
}

const create = graphql`
  mutation wayCreateMutation($input: CreateExperimentInput!) {
    createExperiment(input: $input) { experiment { id } }
  }
`;
await mutate<wayCreateMutation>(create, { input: definition(key) });

const query = graphql`
  query wayQuery($key: ID!) {
    experiment(key: $key) { id status ...allocations_experiment }
  }
`;
// As a component does that shows it: what is retained stays in the store.
environment.retain(createOperationDescriptor(getRequest(query), { key }));
const look = async () => {
  const answer = await fetchQuery<wayQuery>(environment, query, { key }, { fetchPolicy: 'store-or-network' }).toPromise();
  if (!answer?.experiment) throw new Error(`no experiment ${key}`);
  return answer.experiment;
};
console.log(`created: ${(await look()).status}`);

const start = graphql`
  mutation wayStartMutation($key: ID!) {
    startExperiment(key: $key) { experiment { id status } }
  }
`;
await mutate<wayStartMutation>(start, { key });
// From the store: what the mutation answered has the same id.
console.log(`started: ${(await look()).status}`);

const assign = graphql`
  mutation wayAssignMutation($key: ID!, $userId: ID!) {
    assign(experimentKey: $key, unit: { userId: $userId }) { variant inExperiment allocationVersion exposureRecorded }
  }
`;
const assignments = await Promise.all(
  visitors.map(async (userId) => ({ userId, ...(await mutate<wayAssignMutation>(assign, { key, userId })).assign })),
);

const track = graphql`
  mutation wayTrackMutation($input: TrackEventsInput!) {
    trackEvents(input: $input) { accepted }
  }
`;
await mutate<wayTrackMutation>(track, { input: eventsOf(key, assignments) });

const counts = graphql`
  subscription wayCountsSubscription($key: ID!) {
    countsUpdated(experimentKeys: [$key]) { id variants { variant exposures conversions } }
  }
`;
await new Promise<void>((resolve, reject) => {
  const following = requestSubscription<wayCountsSubscription>(environment, {
    subscription: counts,
    variables: { key },
    onNext(message) {
      const { people, purchases, complete } = totals(message?.countsUpdated.variants ?? []);
      if (!complete) return;
      console.log(`live: ${people} people, ${purchases} purchases`);
      following.dispose();
      resolve();
    },
    onError: reject,
  });
});

const setWeights = graphql`
  mutation wayWeightsMutation($key: ID!, $weights: [VariantWeightInput!]!) {
    setWeights(key: $key, weights: $weights) { experiment { id allocation { id version } } }
  }
`;
for (const weight of [0.4, 0.3]) {
  const weights = [
    { variant: 'control', weight },
    { variant: 'one-page', weight: 1 - weight },
  ];
  await mutate<wayWeightsMutation>(setWeights, { key, weights });
}
const fresh = await fetchQuery<wayQuery>(environment, query, { key }).toPromise();
const { allocations } = await loadAllocations(environment, fresh?.experiment ?? (await look()));
console.log(`allocations: ${allocations?.edges.map(({ node }) => `${node.version} ${node.cause}`).join(', ')}`);

const evaluate = graphql`
  mutation wayEvaluateMutation($key: ID!) {
    evaluateExperiment(key: $key) { evaluation { id decision summary } experiment { id results { id } } }
  }
`;
const { evaluateExperiment } = await mutate<wayEvaluateMutation>(evaluate, { key });
console.log(`judged: ${evaluateExperiment?.evaluation.decision}`);

const stop = graphql`
  mutation wayStopMutation($key: ID!) {
    stopExperiment(key: $key, reason: "Seen enough") { experiment { id status } }
  }
`;
await mutate<wayStopMutation>(stop, { key });
console.log(`stopped: ${(await look()).status}`);
await close();
