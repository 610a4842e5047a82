/**
 * The peer of live streams: a plain graphql-ws server with its event source in the same process. No key is asked for, nothing is stored,
 * and what happens is executed and written for each subscriber by itself, as the library does it. `POST /` makes it happen.
 */
import { createServer } from 'node:http';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { useServer as serve } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

interface Moved {
  readonly weightsUpdated: { readonly sequence: number; readonly at: string; readonly cause: string; readonly weights: readonly object[] };
}

const schema = buildSchema(`
  type Query { sequence: Int! }
  type VariantWeight { variant: ID!, weight: Float! }
  type WeightUpdate { sequence: Int!, at: String!, cause: String!, weights: [VariantWeight!]!, previousWeights: [VariantWeight!]! }
  type Subscription { weightsUpdated(experimentKey: ID!): WeightUpdate! }
`);

/** One subscriber's events, and who waits for the next. */
function createQueue(onEnd: (put: (event: Moved) => void) => void) {
  const events: Moved[] = [];
  let waiting: ((result: IteratorResult<Moved>) => void) | null = null;
  const put = (event: Moved) => {
    if (waiting) waiting({ done: false, value: event });
    else events.push(event);
    waiting = null;
  };
  const iterator: AsyncIterableIterator<Moved> = {
    next() {
      const value = events.shift();
      if (value) return Promise.resolve({ done: false, value });
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    async return() {
      onEnd(put);
      waiting?.({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return { put, iterator };
}

const subscribers = new Set<(event: Moved) => void>();
let sequence = 0;
const present = (): Moved => {
  const weights = ['control', 'treatment'].map((variant) => ({ variant, weight: 0.5 }));
  const moved = { sequence, at: new Date().toISOString(), cause: 'MANUAL', weights, previousWeights: weights };
  return { weightsUpdated: moved };
};

Object.assign((schema.getSubscriptionType() as GraphQLObjectType).getFields().weightsUpdated as object, {
  subscribe() {
    const queue = createQueue((put) => subscribers.delete(put));
    subscribers.add(queue.put);
    queue.put(present());
    return queue.iterator;
  },
});

const server = createServer((_, response) => {
  sequence += 1;
  const event = present();
  for (const put of subscribers) put(event);
  response.end();
});
serve({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
