// The whole way of an experiment with Apollo Client: created, started, met by visitors, followed live, judged, stopped.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=ADMIN-KEY node apollo-client.mjs NEW-EXPERIMENT
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import * as operations from './operations.mjs';
import { definition, eventsOf, totals, visitors } from './visitors.mjs';

const { BELLWETHER_URL: url, BELLWETHER_KEY: secret } = process.env;
const key = process.argv[2] ?? 'apollo-client';
const authorization = `Bearer ${secret}`;

const sha256 = async (text) => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(digest).toString('hex');
};
const socket = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization },
  webSocketImpl: WebSocket,
});
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    // A document goes over the wire once; afterwards its hash does.
    new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: `${url}/graphql`, headers: { authorization } })),
  ),
  cache: new InMemoryCache({
    typePolicies: {
      Query: { fields: { experiments: relayStylePagination(['filter', 'orderBy']) } },
      // A part of an experiment, without an id: what one question asks of it joins what another did.
      EvaluationPlan: { merge: true },
    },
  }),
});

const mutate = async (document, variables) => (await client.mutate({ mutation: gql(document), variables })).data;
const list = { query: gql(operations.listExperiments), variables: { search: key } };

await mutate(operations.createExperiment, { input: definition(key) });
const { data } = await client.query(list);
console.log(`created: ${data.experiments.edges[0].node.status}`);

await mutate(operations.startExperiment, { key });
// The list was not asked again: what the mutation answered has the same id.
console.log(`started: ${client.readQuery(list).experiments.edges[0].node.status}`);

const assignments = await Promise.all(
  visitors.map(async (userId) => ({ userId, ...(await mutate(operations.assign, { experimentKey: key, userId })).assign })),
);
await mutate(operations.trackEvents, { input: eventsOf(key, assignments) });

await new Promise((resolve, reject) => {
  const following = client.subscribe({ query: gql(operations.countsUpdated), variables: { key } }).subscribe({
    next({ data }) {
      const { people, purchases, complete } = totals(data.countsUpdated.variants);
      if (!complete) return;
      console.log(`live: ${people} people, ${purchases} purchases`);
      following.unsubscribe();
      resolve();
    },
    error: reject,
  });
});

const { evaluateExperiment } = await mutate(operations.evaluateExperiment, { key });
console.log(`judged: ${evaluateExperiment.evaluation.decision}`);
const { stopExperiment } = await mutate(operations.stopExperiment, { key });
console.log(`stopped: ${stopExperiment.experiment.status}`);
client.stop();
await socket.dispose();
