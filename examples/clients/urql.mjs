// The whole way of an experiment with urql: created, started, met by visitors, followed live, judged, stopped.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=ADMIN-KEY node urql.mjs NEW-EXPERIMENT
import { readFileSync } from 'node:fs';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { persistedExchange } from '@urql/exchange-persisted';
import { buildSchema, introspectionFromSchema, isObjectType } from 'graphql';
import { createClient } from 'graphql-ws';
import { Client, fetchExchange, subscriptionExchange } from 'urql';
import WebSocket from 'ws';
import * as operations from './operations.mjs';
import { definition, eventsOf, totals, visitors } from './visitors.mjs';

const { BELLWETHER_URL: url, BELLWETHER_KEY: secret } = process.env;
const key = process.argv[2] ?? 'urql';
const authorization = `Bearer ${secret}`;

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
// What has no id lives within what has one.
const parts = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !('id' in type.getFields()));
const socket = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization },
  webSocketImpl: WebSocket,
});
const client = new Client({
  url: `${url}/graphql`,
  fetchOptions: { headers: { authorization } },
  preferGetMethod: false,
  exchanges: [
    cacheExchange({
      schema: introspectionFromSchema(schema),
      keys: Object.fromEntries(parts.map(({ name }) => [name, () => null])),
      resolvers: { Query: { experiments: relayPagination() } },
    }),
    persistedExchange({ preferGetForPersistedQueries: false }),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

async function done(answer) {
  const { data, error } = await answer;
  if (error) throw error;
  return data;
}
const mutate = (document, variables) => done(client.mutation(document, variables).toPromise());

await mutate(operations.createExperiment, { input: definition(key) });
const list = await done(client.query(operations.listExperiments, { search: key }).toPromise());
console.log(`created: ${list.experiments.edges[0].node.status}`);

await mutate(operations.startExperiment, { key });
// The list was not asked again: what the mutation answered has the same id.
const cached = client.readQuery(operations.listExperiments, { search: key });
console.log(`started: ${cached.data.experiments.edges[0].node.status}`);

const assignments = await Promise.all(
  visitors.map(async (userId) => ({ userId, ...(await mutate(operations.assign, { experimentKey: key, userId })).assign })),
);
await mutate(operations.trackEvents, { input: eventsOf(key, assignments) });

await new Promise((resolve, reject) => {
  const following = client.subscription(operations.countsUpdated, { key }).subscribe(({ data, error }) => {
    if (error) return reject(error);
    const { people, purchases, complete } = totals(data.countsUpdated.variants);
    if (!complete) return;
    console.log(`live: ${people} people, ${purchases} purchases`);
    following.unsubscribe();
    resolve();
  });
});

const { evaluateExperiment } = await mutate(operations.evaluateExperiment, { key });
console.log(`judged: ${evaluateExperiment.evaluation.decision}`);
const { stopExperiment } = await mutate(operations.stopExperiment, { key });
console.log(`stopped: ${stopExperiment.experiment.status}`);
await socket.dispose();
