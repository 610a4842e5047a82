import { randomUUID } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin, type BaseContext } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { execute, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Tracer } from '../services/tracer.js';
import type { Context } from './context.js';
import { createErrorTranslator, type ErrorLog, type ErrorOrigin, type TranslateError } from './errors.js';
import { createHotPath, type ReadHot } from './hot-path.js';
import { later } from './later.js';
import { meterRefusals, meterSubscriptions, type OperationMeter } from './metered-operations.js';
import { checkOperation, createOperationReader, extraRules, parseOptions } from './operation.js';
import { createPersistedDocuments } from './persisted.js';
import { createSubscriptions } from './subscription.js';
import { markRefusals, namingPlugin, traceOperations } from './traced-operations.js';

/** What running operations needs. */
export interface GraphqlServerOptions {
  /** Built and guarded. */
  readonly schema: GraphQLSchema;
  readonly log: ErrorLog;
  /** Whether clients may ask for the schema; off, suggestions in errors are hidden too. */
  readonly introspection: boolean;
  /** null: nothing is traced. */
  readonly tracer?: Tracer | null;
  /** null: nothing is counted. */
  readonly meter?: OperationMeter | null;
}

/** What both transports run operations with. */
export interface GraphqlServer {
  readonly schema: GraphQLSchema;
  readonly apollo: ApolloServer<Context>;
  readonly translate: TranslateError;
  /** Parses, validates and limits; for operations that do not go through Apollo. */
  readonly prepare: ReturnType<typeof createOperationReader>;
  /** The short way in front of Apollo. */
  readonly readHot: ReadHot;
  /** Runs queries and mutations that do not go through Apollo. */
  readonly execute: typeof execute;
  readonly subscribe: ReturnType<typeof createSubscriptions>;
}

/** Headers of which one proves that no plain form of another site sent the request. */
const preflightHeaders = ['authorization', 'x-api-key', 'apollo-require-preflight', 'x-apollo-operation-name'];

function limitingPlugin(schema: GraphQLSchema): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request }) {
          if (operation?.operation === 'subscription') {
            throw new GraphQLError('Subscriptions are served over WebSocket, by the subprotocol graphql-transport-ws.', {
              extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
            });
          }
          checkOperation(schema, document, { operationName: request.operationName ?? null, variables: request.variables });
        },
        async willSendResponse({ response }) {
          if (response.body.kind !== 'single') return;
          const { data, errors } = response.body.singleResult;
          const wait = errors && later(data, errors);
          if (!wait) return;
          response.http.status = wait.status;
          response.http.headers.set('retry-after', String(wait.retryAfterSeconds));
        },
      };
    },
  };
}

/** Remembers where errors happened, for Apollo hands them to be formatted without saying so. */
function originPlugin(origins: WeakMap<object, ErrorOrigin>): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue, document }) {
          for (const error of errors) origins.set(error, { requestId: contextValue.requestId, document });
        },
      };
    },
  };
}

/** Builds what runs operations; {@link ApolloServer.start} is awaited here. */
export async function createGraphqlServer({
  schema,
  log,
  introspection,
  tracer = null,
  meter = null,
}: GraphqlServerOptions): Promise<GraphqlServer> {
  const untracedTranslate = createErrorTranslator({ log, showSuggestions: introspection });
  const uncounted = tracer ? markRefusals(untracedTranslate, tracer) : untracedTranslate;
  const translate = meter ? meterRefusals(uncounted, meter) : uncounted;
  const origins = new WeakMap<object, ErrorOrigin>();
  const persisted = createPersistedDocuments();
  const disabled: readonly ApolloServerPlugin<BaseContext>[] = [
    ApolloServerPluginLandingPageDisabled(),
    // It would wrap every field's resolver; nothing here may be cached anyway.
    ApolloServerPluginCacheControlDisabled(),
  ];
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    persistedQueries: { cache: persisted.cache },
    validationRules: [...extraRules(introspection)],
    parseOptions,
    csrfPrevention: { requestHeaders: preflightHeaders },
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    formatError: (_, error) => translate(error, origins.get(error as object) ?? { requestId: randomUUID() }),
    plugins: [...disabled, originPlugin(origins), limitingPlugin(schema), ...(tracer ? [namingPlugin(tracer)] : [])],
  });
  await apollo.start();
  const prepare = createOperationReader({ schema, introspection });
  const readHot = createHotPath({ schema, prepare, persisted, translate });
  const subscriptions = createSubscriptions({ schema, translate });
  const subscribe = meter ? meterSubscriptions(subscriptions, schema, meter) : subscriptions;
  const server = { schema, apollo, translate, prepare, readHot, execute, subscribe };
  return tracer ? traceOperations(server, tracer) : server;
}
