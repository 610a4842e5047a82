// The whole way of an experiment with graphql-request: created, started, met by visitors, followed live, judged, stopped.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=ADMIN-KEY node graphql-request.mjs NEW-EXPERIMENT
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import * as operations from './operations.mjs';
import { definition, eventsOf, totals, visitors } from './visitors.mjs';

const { BELLWETHER_URL: url, BELLWETHER_KEY: secret } = process.env;
const key = process.argv[2] ?? 'graphql-request';
const authorization = `Bearer ${secret}`;

const client = new GraphQLClient(`${url}/graphql`, { headers: { authorization } });
// It has no subscriptions: graphql-ws, which the other clients use underneath, does without them too.
const socket = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization },
  webSocketImpl: WebSocket,
});

await client.request(operations.createExperiment, { input: definition(key) });
const { experiments } = await client.request(operations.listExperiments, { search: key });
console.log(`created: ${experiments.edges[0].node.status}`);

const { startExperiment } = await client.request(operations.startExperiment, { key });
console.log(`started: ${startExperiment.experiment.status}`);

const assignments = await Promise.all(
  visitors.map(async (userId) => ({ userId, ...(await client.request(operations.assign, { experimentKey: key, userId })).assign })),
);
await client.request(operations.trackEvents, { input: eventsOf(key, assignments) });

for await (const { data } of socket.iterate({ query: operations.countsUpdated, variables: { key } })) {
  const { people, purchases, complete } = totals(data.countsUpdated.variants);
  if (!complete) continue;
  console.log(`live: ${people} people, ${purchases} purchases`);
  break;
}

const { evaluateExperiment } = await client.request(operations.evaluateExperiment, { key });
console.log(`judged: ${evaluateExperiment.evaluation.decision}`);
const { stopExperiment } = await client.request(operations.stopExperiment, { key });
console.log(`stopped: ${stopExperiment.experiment.status}`);
await socket.dispose();
