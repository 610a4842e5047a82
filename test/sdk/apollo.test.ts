import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bellwetherPlugin, byVariant, type OperationMetrics, variantOf } from '../../src/sdk/apollo/index.js';
import { createLocalClient } from '../../src/sdk/index.js';
import { openShop, type Shop } from './shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.service.remove());

interface Context {
  readonly userId: string | null;
}

const typeDefs = 'type Query { ranking: String, price: Float, clock: String! }';

/** A server of somebody else's, whose fields depend on experiments. */
async function openServer({ ranking, price }: { ranking: string; price: string }, metrics?: OperationMetrics) {
  const client = createLocalClient(shop.local);
  await client.ready();
  const server = new ApolloServer<Context>({
    typeDefs,
    resolvers: {
      Query: {
        ranking: byVariant(ranking, { control: () => 'by date', green: () => 'by model' }, 'control'),
        price: (_: unknown, __: unknown, context: Context) => {
          if (variantOf(context, price, 'control') === 'green') throw new Error('green prices are broken');
          return 9.5;
        },
        clock: () => 'noon',
      },
    },
    plugins: [bellwetherPlugin({ client, unit: ({ userId }) => (userId === null ? null : { userId }), ...(metrics && { metrics }) })],
  });
  return {
    client,
    async ask(query: string, userId: string | null) {
      const { body } = await server.executeOperation({ query }, { contextValue: { userId } });
      return body.kind === 'single' ? body.singleResult : null;
    },
    async close(): Promise<void> {
      await server.stop();
      expect(await client.close()).toBe(true);
    },
  };
}

test('resolves a field as the variant of the unit has it, and exposes the unit only then', async () => {
  const keys = { ranking: await shop.running(), price: await shop.running() };
  const server = await openServer(keys);
  const words = { control: 'by date', green: 'by model' } as const;
  const seen = new Set<unknown>();
  for (const userId of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    const { variant } = await shop.api.done('assignment', { experimentKey: keys.ranking, unit: { userId } });
    const answer = await server.ask('{ ranking clock }', userId);
    expect(answer?.data).toEqual({ ranking: words[variant as keyof typeof words], clock: 'noon' });
    seen.add(answer?.data?.ranking);
  }
  expect(seen.size).toBe(2);
  await server.ask('{ clock }', 'z');
  await server.ask('{ clock again: clock }', 'y');
  await server.close();
  expect(await shop.counts(keys.ranking)).toMatchObject({ exposures: 8 });
  expect(await shop.counts(keys.price)).toMatchObject({ exposures: 0 });
});

test('gives the fallback to nobody, without the plugin, and for a variant that has no resolver', async () => {
  const [known, other] = [
    await shop.running(),
    await shop.running({
      variants: [
        { key: 'blue', weight: 0.5 },
        { key: 'red', weight: 0.5 },
      ],
    }),
  ];
  const server = await openServer({ ranking: other, price: known });
  expect((await server.ask('{ ranking }', 'a'))?.data).toEqual({ ranking: 'by date' });
  expect((await server.ask('{ ranking price }', null))?.data).toEqual({ ranking: 'by date', price: 9.5 });
  expect(variantOf({}, known, 'control')).toBe('control');
  expect(variantOf(undefined, known, 'control')).toBe('control');
  await server.close();
  expect(await shop.counts(known)).toMatchObject({ exposures: 0 });
});

test('measures operations for the experiments that they met, with their errors and how long they took', async () => {
  const ratio = { type: 'RATIO', denominator: 'graphql-operations', action: 'ROLLBACK' };
  const metrics = {
    primary: { key: 'graphql-operations', type: 'COUNT' },
    guardrails: [
      { key: 'graphql-errors', threshold: 0.02, ...ratio },
      { key: 'graphql-latency', threshold: 50, ...ratio },
    ],
  };
  const keys = { ranking: await shop.running({ metrics }), price: await shop.running({ metrics }) };
  const names = { operations: 'graphql-operations', errors: 'graphql-errors', latencyMs: 'graphql-latency' };
  const server = await openServer(keys, names);
  const green: string[] = [];
  const control: string[] = [];
  for (let n = 0; green.length < 2 || control.length < 1; n += 1) {
    const { variant } = (await server.client.visitor({ userId: `user-${n}` })).assignment(keys.price);
    (variant === 'green' ? green : control).push(`user-${n}`);
  }
  const [broken, twice] = green as [string, string];
  expect((await server.ask('{ price }', broken))?.errors).toHaveLength(1);
  await server.ask('{ price clock }', twice);
  await server.ask('{ price }', twice);
  expect((await server.ask('{ price }', control[0] ?? ''))?.errors).toBeUndefined();
  // Neither counts: no variant was met.
  await server.ask('{ clock }', twice);
  await server.ask('{ no such thing', twice);
  await server.close();
  // Of the green: three operations, each with its latency and an error. Of the control: one, without an error.
  expect(await shop.counts(keys.price)).toMatchObject({ exposures: 3, conversions: 3, events: 3 * 3 + 2 });
  expect(await shop.counts(keys.ranking)).toEqual({ exposures: 0, conversions: 0, events: 0 });
});
