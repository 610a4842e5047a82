import { AsyncResource } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Span, Tracer } from '../services/tracer.js';

/** Asked for every few seconds by machines, and of interest to nobody afterwards. */
const probes = /^\/(?:health|ready|metrics)(?:\?|$)/;

const knownMethods: ReadonlySet<string | undefined> = new Set(['GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'DELETE', 'PATCH']);

/** The listener with a span for each request, below the caller's where its headers name one; what answers it gives it a better name. */
export function traceRequests(listener: RequestListener, tracer: Tracer): RequestListener {
  return (request, response) => {
    if (probes.test(request.url ?? '')) return listener(request, response);
    const method = knownMethods.has(request.method) ? (request.method ?? '') : 'HTTP';
    const options = { kind: 'server', parent: request.headers, attributes: { 'http.request.method': method } } as const;
    tracer.span(method, options, (span) => {
      if (span) hearHere(request);
      listener(request, response);
      return span ? answered(response, span) : undefined;
    });
  };
}

/** A hook for fastify: names the request's span by the route, which holds nothing that a caller chose. */
export function nameByRoute(tracer: Tracer) {
  return async ({ method, routeOptions }: FastifyRequest): Promise<void> => {
    const span = tracer.current();
    const { url } = routeOptions;
    if (!span || url === undefined) return;
    span.rename(`${method} ${url}`);
    span.set('http.route', url);
  };
}

/** Node tells of a body in the place of its connection, which all requests of the connection share. */
function hearHere(request: EventEmitter): void {
  const here = new AsyncResource('traced request');
  const emit = request.emit;
  request.emit = (name: string | symbol, ...rest: unknown[]) => here.runInAsyncScope(emit, request, name, ...rest);
}

function answered(response: ServerResponse, span: Span): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', () => {
      const { statusCode, writableFinished } = response;
      if (writableFinished) span.set('http.response.status_code', statusCode);
      else span.fail('ABORTED');
      if (statusCode >= 500) span.fail(String(statusCode));
      resolve();
    });
  });
}
