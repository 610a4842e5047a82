import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { cacheExchange } from '@urql/exchange-graphcache';
import { type GraphQLObjectType, introspectionFromSchema, isObjectType } from 'graphql';
import { Client, fetchExchange } from 'urql';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createCaller, everythingOf, sampleInput, schema } from '../api/operations.js';
import { type RunningService, startService } from '../setup/service.js';

/**
 * Caches that take an answer apart and know its things by their ids: what they put together again is what was answered, so no two
 * things have the same id, and none comes with two faces in one answer.
 */

const query = `query Everything($key: ID!) {
  experiment(key: $key) ${everythingOf(schema.getType('Experiment') as GraphQLObjectType)}
  again: experiment(key: $key) { id results { id comparisons { metric variant lift } } allocations(first: 5) { nodes { id version weights { variant weight } } } }
  alerts(first: 10) { nodes { id kind experiment { id status } } }
}`;

let service: RunningService;
let variables: { key: string };
let answer: object;
beforeAll(async () => {
  service = await startService();
  const { done } = createCaller(() => service);
  const { experiment } = await done('createExperiment', { input: sampleInput({ evaluation: { minSampleSize: 2 } }) });
  variables = { key: experiment.key };
  await done('startExperiment', variables, '{ experiment { key } }');
  const weights = experiment.variants.map((variant: { key: string }, n: number) => ({ variant: variant.key, weight: [0.3, 0.7][n] }));
  await done('setWeights', { ...variables, weights }, '{ experiment { key } }');
  await done('evaluateExperiment', variables, '{ evaluation { id } }');
  // From here on it does not change.
  await done('rollbackExperiment', { ...variables, reason: 'seen' }, '{ experiment { key } }');
  answer = await service.ask(query, variables, 'read');
});
afterAll(() => service.remove());

const complaint = vi.spyOn(console, 'warn').mockImplementation(() => {});
const fault = vi.spyOn(console, 'error').mockImplementation(() => {});
afterEach(() => {
  expect([...complaint.mock.calls, ...fault.mock.calls]).toEqual([]);
});

/** Without the names of types that clients ask for beside what they are told to. */
function withoutTypenames(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, member) => (name === '__typename' ? undefined : member)));
}

const headers = () => ({ authorization: `Bearer ${service.secrets.read}` });

test('Apollo Client puts together what was answered', async () => {
  const client = new ApolloClient({
    link: new HttpLink({ uri: `${service.url}/graphql`, headers: headers() }),
    cache: new InMemoryCache(),
  });
  await client.query({ query: gql(query), variables });
  expect(withoutTypenames(client.readQuery({ query: gql(query), variables }))).toEqual(answer);
});

test('graphcache puts together what was answered, with the schema at its side', async () => {
  const parts = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !('id' in type.getFields()));
  const client = new Client({
    url: `${service.url}/graphql`,
    fetchOptions: { headers: headers() },
    exchanges: [
      cacheExchange({
        schema: introspectionFromSchema(schema) as never,
        keys: Object.fromEntries(parts.map(({ name }) => [name, () => null])),
      }),
      fetchExchange,
    ],
  });
  await client.query(query, variables).toPromise();
  expect(withoutTypenames(client.readQuery(query, variables, { requestPolicy: 'cache-only' })?.data)).toEqual(answer);
});
