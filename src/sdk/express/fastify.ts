import type { RequestBellwether } from './request-bellwether.js';
import { type BellwetherOptions, type IncomingHeaders, visit } from './visit.js';

/** As much of Fastify as is used, so that its types are not needed here. */
export interface FastifyApp<Request> {
  decorateRequest(name: string): unknown;
  addHook(name: 'onRequest', hook: (request: Request, reply: FastifyHeaders) => Promise<void>): unknown;
}

export interface FastifyHeaders {
  header(name: string, value: string): unknown;
}

/** A request that the plugin has met. */
export interface WithBellwether {
  bellwether: RequestBellwether;
}

/**
 * The middleware as a plugin of Fastify: `request.bellwether` holds the visitor and its answers, the reply says the variant in `x-variant`.
 *
 * @example
 * await app.register(fastifyBellwether({ client }));
 * app.get('/', async (request) => (request as WithBellwether).bellwether.variant('home', 'control'));
 */
export function fastifyBellwether<Request extends IncomingHeaders>(options: BellwetherOptions<Request>) {
  const plugin = async (app: FastifyApp<Request>): Promise<void> => {
    app.decorateRequest('bellwether');
    app.addHook('onRequest', async (request, reply) => {
      const { bellwether, headers } = await visit(request, options);
      Object.assign(request, { bellwether });
      for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    });
  };
  // Fastify keeps what a plugin adds to the plugin itself, unless it says so.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
