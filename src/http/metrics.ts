import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { scopeAllows } from '../core/api-key.js';
import { type Authenticator, bearerDigest, identify } from '../graphql/authentication.js';

/** `GET /metrics`, in the text format of Prometheus; see docs/metrics.md. */

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export type ReadMetrics = () => Promise<string>;

export interface MetricsServer {
  /** Address, e.g. `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly read: ReadMetrics;
}

/** Metrics on a port of their own, for whoever reaches it, and nothing else there. @throws when the port is taken */
export async function listenForMetrics({ host, port, read }: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 15_000 }, (request, response) => {
    const end = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(body);
    if (request.url?.split('?', 1)[0] !== '/metrics') return void end(404, 'Only /metrics is here.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return void end(405, 'Only GET.\n');
    read().then(
      (text) => end(200, text, contentType),
      () => end(500, 'The metrics could not be read.\n'),
    );
  });
  server.listen({ host, port });
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/metrics`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Metrics on the main port, for keys of scope READ or ADMIN. */
export function registerMetrics(app: FastifyInstance, { keys, read }: { readonly keys: Authenticator; readonly read: ReadMetrics }): void {
  app.get('/metrics', async ({ headers }, reply) => {
    const { caller, callerFault } = await identify(keys, bearerDigest(headers.authorization));
    reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8');
    if (callerFault) return reply.code(503).header('retry-after', '1').send(`${callerFault.message}\n`);
    if (!caller)
      return reply.code(401).header('www-authenticate', 'Bearer').send('A key of scope READ is needed: authorization: Bearer KEY.\n');
    if (!scopeAllows(caller.scope, 'READ')) return reply.code(403).send(`A key of scope READ is needed; this one has ${caller.scope}.\n`);
    return reply.type(contentType).send(await read());
  });
}
