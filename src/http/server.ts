import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import { readDeviceCookie } from '../core/device-cookie.js';
import { type Authenticator, type Identity, identify } from '../graphql/authentication.js';
import { type Context, createContext, createDevice } from '../graphql/context.js';
import { next } from '../graphql/next.js';
import type { GraphqlServer } from '../graphql/server.js';
import type { Services } from '../graphql/services.js';
import type { Tracer } from '../services/tracer.js';
import type { RequestMeter } from '../telemetry/metrics/requests.js';
import type { SocketMeter } from '../telemetry/metrics/sockets.js';
import { exposedHeaders } from './answer-headers.js';
import { createBearerReader } from './bearer.js';
import { type CrawlerSignalSettings, createCrawlerSignal } from './crawler-signal.js';
import { registerDashboard } from './dashboard.js';
import { endConnections } from './end-connections.js';
import { graphiqlPage } from './graphiql.js';
import { createGraphqlHandler } from './graphql-route.js';
import { createHotPath, type RequestHead } from './hot-path.js';
import { acceptOnlyJson } from './json-body.js';
import { meterRequests } from './metered-requests.js';
import { type ReadMetrics, registerMetrics } from './metrics.js';
import { registerOfrep } from './ofrep.js';
import type { IsAllowedOrigin } from './origins.js';
import type { SocketTimes } from './socket-watch.js';
import { type StartPageEntry, startPage } from './start-page.js';
import { nameByRoute, traceRequests } from './traced-requests.js';
import { createSocketServer, type SocketServer } from './websocket.js';

/** Everything that the server answers with. */
export interface HttpServerOptions {
  readonly graphql: GraphqlServer;
  readonly services: Services;
  readonly keys: Authenticator;
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** Default null: units alone say whether they are bots. */
  readonly crawlerSignal?: CrawlerSignalSettings | null;
  /** Whether assignments can be served; asked for by `GET /ready`. */
  readonly ready: () => { readonly ok: boolean } & Readonly<Record<string, unknown>>;
  /** Folder of the built dashboard, served at `/`; null: a plain start page is. */
  readonly dashboard: string | null;
  readonly startPage: () => readonly StartPageEntry[];
  /** Serves the GraphiQL page: only where introspection is on. */
  readonly graphiql: boolean;
  readonly log: FastifyBaseLogger;
  /** Default null: requests are not traced. */
  readonly tracer?: Tracer | null;
  /** Default null: nothing is counted. */
  readonly meters?: { readonly requests: RequestMeter; readonly sockets: SocketMeter } | null;
  /** Answers `GET /metrics`; default null: metrics are not here. */
  readonly readMetrics?: ReadMetrics | null;
  /** How long `close` goes on accepting and answering, while `/ready` says 503: for balancers that still send requests here. Default 0. */
  readonly drainMs?: number;
  /** Times of the watch over sockets. */
  readonly socketWatch?: SocketTimes;
}

/** The one server of an instance, for HTTP and WebSocket. */
export interface HttpServer {
  readonly app: FastifyInstance;
  readonly sockets: SocketServer;
  /** Starts to listen. @returns the address, e.g. `http://127.0.0.1:4000` */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  /** Ends sockets with 1001, drains, refuses what is new, and waits a moment for requests under way. */
  close(): Promise<void>;
}

/** How long requests under way may take when the server closes; stopping as a whole may take 5 s. */
const endWithinMs = 2_500;
/** How long a balancer may take to use a connection that it keeps. */
const lingerMs = 1_000;

const bodyLimit = 1_000_000;

const connectionOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  // Above the 60 s after which common balancers drop an idle connection: else they send into a closed one.
  keepAliveTimeout: 72_000,
};

function answerRefusal(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  const extensions = { code, problems: [], retryable: false, requestId: reply.request.id };
  return reply.code(status).send({ errors: [{ message, extensions }] });
}

/** Builds the one server for HTTP and WebSocket; it listens when told to. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { graphql, services, keys, isAllowedOrigin, log, tracer = null, meters = null, readMetrics = null } = options;
  const meter = meters?.requests ?? null;
  const isFromCrawler = createCrawlerSignal(options.crawlerSignal ?? null);
  const readBearer = createBearerReader();
  let isClosing = false;
  // Not before: a connection that is told to end while others are still accepted is replaced by one that is reset.
  const isEnding = () => isClosing && !app.server.listening;
  const inFrontOf = createHotPath({ graphql, contextOf, isAllowedOrigin, bodyLimit, isEnding, meter });
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (handler) => createServer(connectionOptions, tracer ? traceRequests(inFrontOf(handler), tracer) : inFrontOf(handler)),
    bodyLimit,
    forceCloseConnections: 'idle',
    // Whatever was accepted is answered.
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 256 },
  });
  acceptOnlyJson(app);
  if (meter) meterRequests(app, meter);
  if (tracer) app.addHook('onRequest', nameByRoute(tracer));

  app.addHook('onRequest', async (request, reply) => {
    if (isEnding()) reply.header('connection', 'close');
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
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

  function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
    meter?.refused(code);
    return answerRefusal(reply, status, code, message);
  }

  /** A promise only where the key has to be looked up. */
  function contextOf(head: RequestHead): Context | Promise<Context> {
    const { id, headers } = head;
    const identity = identify(keys, readBearer(head));
    const device = createDevice(readDeviceCookie(headers.cookie), randomUUID);
    const fromCrawler = isFromCrawler(head);
    const contextFor = ({ caller, callerFault }: Identity) =>
      createContext({ caller, callerFault, requestId: id, services, device, isFromCrawler: fromCrawler });
    return next(identity, contextFor);
  }

  const html = (reply: FastifyReply, page: string) =>
    reply.type('text/html; charset=utf-8').header('referrer-policy', 'no-referrer').send(page);
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_, reply) => {
    const { ok, ...detail } = options.ready();
    const isReady = ok && !isClosing;
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : isClosing ? 'draining' : 'not ready', ...detail });
  });
  if (options.dashboard === null) app.get('/', async (_, reply) => html(reply, startPage(options.startPage())));
  else registerDashboard(app, options.dashboard);
  if (options.graphiql) app.get('/graphiql', async (_, reply) => html(reply, await graphiqlPage()));
  app.route({ method: ['GET', 'POST'], url: '/graphql', handler: createGraphqlHandler({ graphql, contextOf, meter }) });

  if (readMetrics) registerMetrics(app, { keys, read: readMetrics });

  registerOfrep(app, { assignments: services.assignments, keys, isFromCrawler, isReady: () => options.ready().ok });

  const sockets = createSocketServer({
    graphql,
    services,
    keys,
    isAllowedOrigin,
    isFromCrawler,
    log,
    meter: meters?.sockets ?? null,
    ...options.socketWatch,
  });
  app.server.on('upgrade', sockets.upgrade);

  return {
    app,
    sockets,
    listen: ({ host, port }) => app.listen({ host, port }),
    async close() {
      const { drainMs = 0 } = options;
      isClosing = true;
      await Promise.all([sockets.close(), delay(drainMs)]);
      await endConnections(app.server, { lingerMs: drainMs > 0 ? lingerMs : 0, withinMs: endWithinMs });
      await app.close();
      await graphql.apollo.stop();
    },
  };
}
