/** The edge of one instance for programs and people; a worker has it for its health alone, which costs nothing more. */
import type { ReadyConfig } from './config.js';
import type { Authenticator } from './graphql/authentication.js';
import { createSchema } from './graphql/schema.js';
import { createGraphqlServer } from './graphql/server.js';
import type { Services } from './graphql/services.js';
import { builtDashboard } from './http/dashboard.js';
import type { ReadMetrics } from './http/metrics.js';
import { createOriginRule } from './http/origins.js';
import { createHttpServer, type HttpServer } from './http/server.js';
import { startPageOf } from './places.js';
import type { Registry } from './services/registry.js';
import type { Tracer } from './services/tracer.js';
import type { Log } from './telemetry/log.js';
import type { Metrics } from './telemetry/metrics/metrics.js';

export interface EdgeParts {
  readonly config: ReadyConfig;
  readonly services: Services;
  readonly keys: Authenticator;
  readonly registry: Pick<Registry, 'asOf' | 'source'>;
  readonly metrics: Metrics;
  readonly readMetrics: ReadMetrics;
  readonly log: Log;
  /** null: requests are not traced. */
  readonly tracer: Tracer | null;
}

/** The server for HTTP and WebSocket; it listens when told to. */
export async function createEdge({ config, services, keys, registry, metrics, readMetrics, log, tracer }: EdgeParts): Promise<HttpServer> {
  const graphql = await createGraphqlServer({
    schema: createSchema(),
    log,
    introspection: config.introspection,
    tracer,
    meter: { ...metrics.requests, ...metrics.sockets },
  });
  const isAllowedOrigin = createOriginRule({
    listed: config.origins ?? [],
    localhost: config.embedded && config.origins === null,
    serverHost: config.host,
  });
  return createHttpServer({
    graphql,
    services,
    keys,
    isAllowedOrigin,
    crawlerSignal: config.crawlerSignal,
    ready: () => ({
      ok: registry.asOf() !== null,
      role: config.role,
      definitionsAsOf: registry.asOf()?.toISOString() ?? null,
      definitionsFrom: registry.source(),
    }),
    dashboard: config.role === 'worker' ? null : builtDashboard(),
    startPage: () => startPageOf(config),
    graphiql: config.introspection,
    drainMs: config.drainSeconds * 1_000,
    log,
    tracer,
    meters: metrics,
    readMetrics: config.metricsPort === null ? readMetrics : null,
  });
}
