import { persistedExchange } from '@urql/exchange-persisted';
import { Client, type ClientOptions, cacheExchange, type Exchange, fetchExchange, subscriptionExchange } from 'urql';
import { expect, test } from 'vitest';
import { createSurroundings } from './surroundings.js';

/** urql as it comes: its document cache, GET where it likes to, persisted queries, subscriptions. */

const { api, wire, url, headers, socket, running } = createSurroundings();

function openClient({ before = [], ...options }: Partial<ClientOptions> & { before?: Exchange[] } = {}) {
  const subscriptions = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket().subscribe({ query, variables: { ...variables } }, sink as never) }),
    }),
  });
  return new Client({
    url: url(),
    fetch: wire.fetch,
    fetchOptions: { headers: headers() },
    exchanges: [cacheExchange, ...before, fetchExchange, subscriptions],
    ...options,
  });
}

const one = 'query One($key: ID!) { experiment(key: $key) { id status allocation { id version } } }';
const pause = 'mutation Pause($key: ID!) { pauseExperiment(key: $key) { experiment { id status } } }';

test('asks by GET where it does so by itself, and keeps the answer', async () => {
  const client = openClient();
  const key = await running();
  const { data, error } = await client.query(one, { key }).toPromise();
  expect([error, data.experiment.status]).toEqual([undefined, 'RUNNING']);
  expect((await client.query(one, { key }).toPromise()).data).toEqual(data);
  expect(wire.take()).toMatchObject([{ method: 'GET' }]);
});

test('asks again after a mutation of what it shows', async () => {
  const client = openClient();
  const key = await running();
  const shown: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const screen = client.query(one, { key }).subscribe(async ({ data, stale }) => {
      if (stale) return;
      shown.push(data?.experiment.status);
      if (shown.length === 1) {
        const { error } = await client.mutation(pause, { key }).toPromise();
        if (error) reject(error);
      } else {
        screen.unsubscribe();
        resolve();
      }
    });
  });
  expect(shown).toEqual(['RUNNING', 'PAUSED']);
});

test.each([
  ['GET', true],
  ['POST', false],
] as const)('sends a document once and then its hash, by %s', async (method, preferGetForPersistedQueries) => {
  const key = await running();
  const query = `query ByHash${method}($key: ID!) { experiment(key: $key) { id } }`;
  const ask = () => {
    const client = openClient({ before: [persistedExchange({ preferGetForPersistedQueries })], preferGetMethod: false });
    return client.query(query, { key }).toPromise();
  };
  const first = await ask();
  expect([first.error, wire.take()]).toMatchObject([undefined, [{ method, query: null }, { query: expect.stringContaining('ByHash') }]]);
  expect((await ask()).data).toEqual(first.data);
  expect(wire.take()).toMatchObject([{ method, query: null, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
});

test('follows weights as they move', async () => {
  const key = await running();
  const query = 'subscription Weights($key: ID!) { weightsUpdated(experimentKey: $key) { sequence weights { variant weight } } }';
  const seen: number[] = [];
  const moved = new Promise<unknown>((resolve) => {
    const following = openClient()
      .subscription(query, { key })
      .subscribe(({ data }) => {
        seen.push(data.weightsUpdated.sequence);
        if (seen.length < 2) return void api.done('setWeights', { key, weights }, '{ experiment { revision } }');
        following.unsubscribe();
        resolve(data.weightsUpdated.weights);
      });
  });
  const weights = [
    { variant: 'control', weight: 0.25 },
    { variant: 'green', weight: 0.75 },
  ];
  expect(await moved).toMatchObject(weights);
  expect(seen).toEqual([1, 2]);
});

test('tells why a question was refused', async () => {
  const { error } = await openClient().query('{ experiments(first: 500) { totalCount } }', {}).toPromise();
  expect(error?.graphQLErrors).toMatchObject([{ path: ['experiments'], extensions: { code: 'INVALID_RANGE' } }]);
});
