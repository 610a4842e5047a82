import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import { readDeviceCookie } from '../core/device-cookie.js';
import { type Authenticator, bearerOf, type Identity, identify } from '../graphql/authentication.js';
import { type Context, createContext, createDevice } from '../graphql/context.js';
import { next } from '../graphql/next.js';
import type { GraphqlServer } from '../graphql/server.js';
import type { Services } from '../graphql/services.js';
import { exposedHeaders } from './answer-headers.js';
import { registerDashboard } from './dashboard.js';
import { graphiqlPage } from './graphiql.js';
import { createGraphqlHandler } from './graphql-route.js';
import { createHotPath, type RequestHead } from './hot-path.js';
import { acceptOnlyJson } from './json-body.js';
import { registerOfrep } from './ofrep.js';
import type { IsAllowedOrigin } from './origins.js';
import type { SocketTimes } from './socket-watch.js';
import { type StartPageEntry, startPage } from './start-page.js';
import { createSocketServer, type SocketServer } from './websocket.js';

/** Everything that the server answers with. */
export interface HttpServerOptions {
  readonly graphql: GraphqlServer;
  readonly services: Services;
  readonly keys: Authenticator;
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** Whether assignments can be served; asked for by `GET /ready`. */
  readonly ready: () => { readonly ok: boolean } & Readonly<Record<string, unknown>>;
  /** Folder of the built dashboard, served at `/`; null: a plain start page is. */
  readonly dashboard: string | null;
  readonly startPage: () => readonly StartPageEntry[];
  /** Serves the GraphiQL page: only where introspection is on. */
  readonly graphiql: boolean;
  readonly log: FastifyBaseLogger;
  /** Times of the watch over sockets. */
  readonly socketWatch?: SocketTimes;
}

/** The one server of an instance, for HTTP and WebSocket. */
export interface HttpServer {
  readonly app: FastifyInstance;
  readonly sockets: SocketServer;
  /** Starts to listen. @returns the address, e.g. `http://127.0.0.1:4000` */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  /** Refuses what is new, ends sockets with 1001 and waits a moment for requests under way. */
  close(): Promise<void>;
}

/** How long requests under way may take when the server closes; stopping as a whole may take 5 s. */
const drainMs = 2_500;

const bodyLimit = 1_000_000;

const connectionOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  // Above the 60 s after which common balancers drop an idle connection: else they send into a closed one.
  keepAliveTimeout: 72_000,
};

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  const extensions = { code, problems: [], retryable: false, requestId: reply.request.id };
  return reply.code(status).send({ errors: [{ message, extensions }] });
}

/** Builds the one server for HTTP and WebSocket; it listens when told to. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { graphql, services, keys, isAllowedOrigin, log } = options;
  let isClosing = false;
  const inFrontOf = createHotPath({ graphql, contextOf, isAllowedOrigin, bodyLimit, isClosing: () => isClosing });
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (handler) => createServer(connectionOptions, inFrontOf(handler)),
    bodyLimit,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 256 },
  });
  acceptOnlyJson(app);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    const { origin, host } = request.headers;
    if (!isAllowedOrigin(origin, host)) return refuse(reply, 403, 'FORBIDDEN', `The origin ${origin} may not call this server.`);
  });
  app.register(cors, {
    // Origins that are not listed do not get this far.
    origin: (origin, answer) => answer(null, origin ?? false),
    credentials: true,
    methods: ['GET', 'POST', 'OPTIONS'],
    exposedHeaders: [...exposedHeaders],
    maxAge: 600,
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, 404, 'NOT_FOUND', `There is no ${request.method} ${request.url.slice(0, 100)}.`),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, status, 'BAD_REQUEST', error.message.slice(0, 300));
    request.log.error({ err: error, requestId: request.id }, 'a request failed');
    return refuse(reply, status, 'INTERNAL_SERVER_ERROR', 'Internal server error.');
  });

  /** A promise only where the key has to be looked up. */
  function contextOf({ id, headers }: RequestHead): Context | Promise<Context> {
    const identity = identify(keys, bearerOf(headers.authorization));
    const device = createDevice(readDeviceCookie(headers.cookie), randomUUID);
    const contextFor = ({ caller, callerFault }: Identity) => createContext({ caller, callerFault, requestId: id, services, device });
    return next(identity, contextFor);
  }

  const html = (reply: FastifyReply, page: string) => reply.type('text/html; charset=utf-8').send(page);
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_, reply) => {
    const { ok, ...detail } = options.ready();
    const isReady = ok && !isClosing;
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : isClosing ? 'draining' : 'not ready', ...detail });
  });
  if (options.dashboard === null) app.get('/', async (_, reply) => html(reply, startPage(options.startPage())));
  else registerDashboard(app, options.dashboard);
  if (options.graphiql) app.get('/graphiql', async (_, reply) => html(reply, await graphiqlPage()));
  app.route({ method: ['GET', 'POST'], url: '/graphql', handler: createGraphqlHandler({ graphql, contextOf }) });

  registerOfrep(app, { assignments: services.assignments, keys, isReady: () => options.ready().ok });

  const sockets = createSocketServer({ graphql, services, keys, isAllowedOrigin, log, ...options.socketWatch });
  app.server.on('upgrade', sockets.upgrade);

  return {
    app,
    sockets,
    listen: ({ host, port }) => app.listen({ host, port }),
    async close() {
      isClosing = true;
      await sockets.close();
      const timer = setTimeout(() => app.server.closeAllConnections(), drainMs);
      await app.close();
      clearTimeout(timer);
      await graphql.apollo.stop();
    },
  };
}
