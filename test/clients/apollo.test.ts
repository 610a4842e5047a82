import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { sampleInput } from '../api/operations.js';
import { createSurroundings } from './surroundings.js';

/** Apollo Client, with its own links and cache and nothing of ours. */

const { api, wire, url, headers, socket, running } = createSurroundings();

function openClient({ useGETForHashedQueries = false } = {}) {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const http = new HttpLink({ uri: url(), headers: headers(), fetch: wire.fetch });
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket()),
      new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(http),
    ),
    cache: new InMemoryCache({ typePolicies: { Query: { fields: { experiments: relayStylePagination(['filter', 'orderBy']) } } } }),
  });
}

const one = gql`query One($key: ID!) { experiment(key: $key) { id status allocation { id version weights { variant weight } } } }`;
interface Shown {
  readonly experiment: { readonly allocation: { readonly version: number } };
}

const byId = gql`query ById($id: ID!) { node(id: $id) { id ... on Experiment { status } } }`;

test.each([
  ['POST', false],
  ['GET', true],
])('sends a document once and then its hash, by %s', async (method, useGETForHashedQueries) => {
  const key = await running();
  // A document that the service has not met before.
  const query = gql`query ByHash${method}($key: ID!) { experiment(key: $key) { id } }`;
  const ask = async () =>
    (await openClient({ useGETForHashedQueries }).query<{ experiment: { id: string } }>({ query, variables: { key } })).data;
  const first = await ask();
  expect(wire.take()).toMatchObject([{ method, query: null }, { query: expect.stringContaining('ByHash') }]);
  expect(await ask()).toEqual(first);
  expect(wire.take()).toMatchObject([{ method, query: null, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
});

test('knows an experiment by its id, wherever it came from', async () => {
  const client = openClient();
  const key = await running();
  const { data } = await client.query<{ experiment: { id: string; status: string } }>({ query: one, variables: { key } });
  const { id } = data?.experiment ?? {};
  await client.query({ query: byId, variables: { id } });
  const pause = gql`mutation Pause($key: ID!) { pauseExperiment(key: $key) { experiment { id status } } }`;
  await client.mutate({ mutation: pause, variables: { key } });
  wire.take();
  expect(client.readQuery({ query: one, variables: { key } })).toMatchObject({ experiment: { status: 'PAUSED' } });
  expect(client.readQuery({ query: byId, variables: { id } })).toMatchObject({ node: { status: 'PAUSED' } });
  expect(wire.take()).toEqual([]);
});

test('brings what is on the screen up to date from a subscription', async () => {
  const client = openClient();
  const key = await running();
  // On the screen for as long as this lasts.
  const shown = new BehaviorSubject<unknown>(undefined);
  const screen = client.watchQuery({ query: one, variables: { key } }).subscribe(({ data }) => shown.next(data));
  await firstValueFrom(shown.pipe(filter(Boolean)));
  wire.take();
  const document = gql`
    subscription Weights($key: ID!) {
      weightsUpdated(experimentKey: $key) { sequence experiment { id allocation { id version weights { variant weight } } } }
    }
  `;
  const following = client.subscribe({ query: document, variables: { key } }).subscribe({});
  const weights = [
    { variant: 'control', weight: 0.25 },
    { variant: 'green', weight: 0.75 },
  ];
  await api.done('setWeights', { key, weights }, '{ experiment { revision } }');
  const moved = shown.pipe(filter((data) => (data as Shown).experiment.allocation.version === 2));
  expect(await firstValueFrom(moved)).toMatchObject({ experiment: { allocation: { weights } } });
  expect(wire.take()).toEqual([]);
  following.unsubscribe();
  screen.unsubscribe();
});

test('joins the pages of a list', async () => {
  const client = openClient();
  const tag = `pages-${Date.now()}`;
  for (const _ of 'abc') await api.done('createExperiment', { input: sampleInput({ tags: [tag] }) }, '{ experiment { key } }');
  const query = gql`
    query Page($tag: String!, $after: String) {
      experiments(first: 2, after: $after, filter: { tags: [$tag] }) { totalCount edges { cursor node { id key } } pageInfo { endCursor hasNextPage } }
    }
  `;
  interface Page {
    readonly experiments: {
      readonly edges: readonly object[];
      readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
    };
  }
  const pages = new BehaviorSubject<Page['experiments'] | undefined>(undefined);
  const list = client.watchQuery<Page>({ query, variables: { tag } });
  const screen = list.subscribe(({ data, dataState }) => dataState === 'complete' && pages.next(data.experiments));
  const first = await firstValueFrom(pages.pipe(filter((page) => page !== undefined)));
  expect([first.edges.length, first.pageInfo.hasNextPage]).toEqual([2, true]);
  await list.fetchMore({ variables: { after: first.pageInfo.endCursor } });
  const both = await firstValueFrom(pages.pipe(filter((page) => page?.edges.length === 3)));
  expect(both?.pageInfo.hasNextPage).toBe(false);
  screen.unsubscribe();
});

test('tells why a change was refused', async () => {
  const key = await running();
  const mutation = gql`
    mutation Uneven($key: ID!) { setWeights(key: $key, weights: [{ variant: "control", weight: 0.5 }]) { experiment { id } } }
  `;
  const refusal = await openClient()
    .mutate({ mutation, variables: { key } })
    .catch((error: unknown) => error);
  const errors = CombinedGraphQLErrors.is(refusal) ? refusal.errors : [];
  const problems = [
    { code: 'BAD_USER_INPUT', path: ['weights'] },
    { code: 'WEIGHTS_DO_NOT_SUM_TO_ONE', path: ['weights'], received: 0.5 },
  ];
  expect(errors).toMatchObject([{ path: ['setWeights'], extensions: { problems } }]);
});
