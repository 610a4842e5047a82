// The whole way of an experiment with the types that graphql-codegen makes: what is asked and what is answered is checked by the compiler.
//
//   npx -p @graphql-codegen/cli -p @graphql-codegen/client-preset graphql-codegen --config codegen.json && npx tsc -p .
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=ADMIN-KEY node dist/codegen/src/way.js NEW-EXPERIMENT
import { print } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { definition, eventsOf, totals, visitors } from '../../visitors.mjs';
import {
  AssignDocument,
  CountsUpdatedDocument,
  type CountsUpdatedSubscription,
  CreateExperimentDocument,
  EvaluateExperimentDocument,
  ListExperimentsDocument,
  StartExperimentDocument,
  StopExperimentDocument,
  TrackEventsDocument,
} from './gql/graphql.js';

const { BELLWETHER_URL: url = 'http://localhost:4000', BELLWETHER_KEY: secret = '' } = process.env;
const key = process.argv[2] ?? 'codegen';
const authorization = `Bearer ${secret}`;
const client = new GraphQLClient(`${url}/graphql`, { headers: { authorization } });

await client.request(CreateExperimentDocument, { input: definition(key) });
const { experiments } = await client.request(ListExperimentsDocument, { search: key });
console.log(`created: ${experiments?.edges[0]?.node.status}`);

const { startExperiment } = await client.request(StartExperimentDocument, { key });
console.log(`started: ${startExperiment?.experiment.status}`);

const assignments = await Promise.all(
  visitors.map(async (userId) => ({ userId, ...(await client.request(AssignDocument, { experimentKey: key, userId })).assign })),
);
await client.request(TrackEventsDocument, { input: eventsOf(key, assignments) });

const socket = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization },
  webSocketImpl: WebSocket,
});
const following = socket.iterate<CountsUpdatedSubscription>({ query: print(CountsUpdatedDocument), variables: { key } });
for await (const { data } of following) {
  const { people, purchases, complete } = totals(data?.countsUpdated.variants ?? []);
  if (!complete) continue;
  console.log(`live: ${people} people, ${purchases} purchases`);
  break;
}

const { evaluateExperiment } = await client.request(EvaluateExperimentDocument, { key });
console.log(`judged: ${evaluateExperiment?.evaluation.decision}`);
const { stopExperiment } = await client.request(StopExperimentDocument, { key });
console.log(`stopped: ${stopExperiment?.experiment.status}`);
await socket.dispose();
