import { randomUUID } from 'node:crypto';
import type { DocumentNode, ExecutionArgs, GraphQLError } from 'graphql';
import { makeServer, type Server } from 'graphql-ws';
import { type Authenticator, bearerDigest, identify } from '../graphql/authentication.js';
import { type Context, createContext } from '../graphql/context.js';
import type { ErrorOrigin } from '../graphql/errors.js';
import type { GraphqlServer } from '../graphql/server.js';
import type { Services } from '../graphql/services.js';
import type { RunningSubscription, SendAnswer } from '../graphql/subscription.js';
import type { KeyDigest } from '../services/key-digest.js';
import { finiteOrNull } from './json-body.js';
import { type Connection, closeCodes, closeSocket, sendText, socketLimits } from './socket-connection.js';

/** What operations of sockets run with. */
export interface SocketProtocolOptions {
  readonly graphql: GraphqlServer;
  readonly services: Services;
  readonly keys: Authenticator;
}

/** The key in the payload of connection_init, else in the header of the upgrade, which browsers cannot set. */
function digestOf(params: Readonly<Record<string, unknown>> | undefined, connection: Connection): KeyDigest | null {
  const fromPayload = Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return bearerDigest(fromPayload ?? connection.authorization);
}

/** A subscription on its way to be run. */
interface SocketSubscription extends ExecutionArgs {
  readonly document: DocumentNode;
  readonly contextValue: Context;
  readonly send: SendAnswer;
  /** What the message says beside its operation, such as the `traceparent` of the caller. */
  readonly parent: Readonly<Record<string, unknown>>;
}

/**
 * What graphql-ws is shown of a subscription: a stream without messages that completes with it. The answers pass it by, for it would write
 * each of them anew for every subscriber.
 */
function completionOf({ completed, end }: RunningSubscription): AsyncIterableIterator<never> {
  const done = { done: true, value: undefined } as const;
  const iterator: AsyncIterableIterator<never> = {
    next: () => completed.then(() => done),
    async return() {
      end();
      return done;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/**
 * graphql-transport-ws over this schema: each operation is read, limited and authorised as over HTTP,
 * a bad one is answered with an error, and the socket lives on.
 */
export function createSocketProtocol({ graphql, services, keys }: SocketProtocolOptions): Server<Connection> {
  const formatted = (errors: readonly GraphQLError[], origin: ErrorOrigin | undefined) =>
    errors.map((error) => graphql.translate(error, origin ?? { requestId: randomUUID() }));

  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: 3_000,
    jsonMessageReviver: finiteOrNull,

    async onConnect({ connectionParams, extra }) {
      extra.digest = digestOf(connectionParams, extra);
      const { caller, callerFault } = await identify(keys, extra.digest);
      extra.caller = caller;
      if (callerFault) closeSocket(extra.socket, closeCodes.tryAgainLater, 'Try again later');
      // A client without a key may ask who it is; one with a key that is not valid would wait for answers in vain.
      return extra.digest === null || caller !== null || callerFault !== null;
    },

    async onSubscribe({ extra }, id, payload) {
      const origin: ErrorOrigin & { requestId: string } = { requestId: randomUUID() };
      extra.origins.set(id, origin);
      const prepared = graphql.prepare(payload);
      if (prepared.document) extra.origins.set(id, { ...origin, document: prepared.document });
      if ('errors' in prepared) return prepared.errors;
      if (prepared.operation.operation === 'subscription') {
        extra.subscriptions.add(id);
        if (extra.subscriptions.size > socketLimits.subscriptions) {
          closeSocket(extra.socket, closeCodes.tooMany, `More than ${socketLimits.subscriptions} subscriptions`);
        }
      }
      const { caller, device, isFromCrawler } = extra;
      const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
      const context = createContext({ requestId: origin.requestId, caller, callerFault: null, device, isFromCrawler, services });
      return {
        schema: graphql.schema,
        document: prepared.document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? null,
        contextValue: context,
        send: (answer: string) => sendText(extra.socket, `${head}${answer}}`),
        parent: payload.extensions ?? {},
      } satisfies SocketSubscription;
    },

    execute: graphql.execute,

    async subscribe(args) {
      const { document, operationName, variableValues, contextValue, send, parent } = args as SocketSubscription;
      const request = { document, operationName, variables: variableValues, context: contextValue, parent };
      const subscription = await graphql.subscribe(request, send);
      return 'completed' in subscription ? completionOf(subscription) : subscription;
    },

    onNext({ extra }, id, _payload, _args, result) {
      if (!result.errors) return undefined;
      return { ...result, errors: formatted(result.errors, extra.origins.get(id)) };
    },

    onError({ extra }, id, _payload, errors) {
      const answer = formatted(errors as readonly GraphQLError[], extra.origins.get(id));
      extra.origins.delete(id);
      return answer;
    },

    onComplete({ extra }, id) {
      extra.subscriptions.delete(id);
      extra.origins.delete(id);
    },
  });
}
