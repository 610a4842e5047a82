import type { FastifyInstance } from 'fastify';
import type { RequestMeter, Route } from '../telemetry/metrics/requests.js';

const routes: Readonly<Record<string, Route>> = {
  '/graphql': 'graphql',
  '/health': 'health',
  '/ready': 'health',
  '/metrics': 'metrics',
  // Questions of browsers before they ask, for any path.
  '*': 'other',
};

/** @param pattern that the server serves; undefined: none */
function routeOf(pattern: string | undefined): Route {
  if (pattern === undefined) return 'other';
  return routes[pattern] ?? (pattern.startsWith('/ofrep/') ? 'ofrep' : 'dashboard');
}

/** Tells of the requests that fastify answers. */
export function meterRequests(app: FastifyInstance, meter: RequestMeter): void {
  app.addHook('onResponse', async ({ routeOptions }, { statusCode, elapsedTime }) => {
    const route = routeOf(routeOptions.url);
    meter.answered(route, statusCode, elapsedTime);
    if (route === 'ofrep' && statusCode < 400) meter.assigned('ofrep', elapsedTime);
  });
}
