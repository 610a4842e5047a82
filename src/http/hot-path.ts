import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { writeDeviceCookie } from '../core/device-cookie.js';
import type { Context } from '../graphql/context.js';
import type { HotAnswer, HotReady } from '../graphql/hot-path.js';
import { next } from '../graphql/next.js';
import type { GraphqlServer } from '../graphql/server.js';
import { commonHeaders, corsHeaders } from './answer-headers.js';
import type { IsAllowedOrigin } from './origins.js';

/** Who sends a request, as its headers tell. */
export interface RequestHead {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
}

export interface HotPathOptions {
  readonly graphql: Pick<GraphqlServer, 'readHot' | 'translate'>;
  readonly contextOf: (request: RequestHead) => Context | Promise<Context>;
  readonly isAllowedOrigin: IsAllowedOrigin;
  readonly bodyLimit: number;
  /** Whether the server drains: then the ordinary way turns requests away. */
  readonly isClosing: () => boolean;
}

const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

/** What clients send as `accept`, and the type that it gets; the rest is negotiated by Apollo. */
const answerTypes: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, json],
  ['*/*', json],
  ['application/json', json],
  ['application/json, text/plain, */*', json],
  ['application/graphql-response+json', graphqlResponse],
  ['application/graphql-response+json, application/json;q=0.9', graphqlResponse],
  ['application/graphql-response+json,application/json;q=0.9', graphqlResponse],
]);

const bodyTypes: ReadonlySet<string | undefined> = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
]);

/** Names that an object inherits, also written with escapes, and numbers that no double holds: the ordinary way knows what to do with them. */
const oddJson = /__proto__|constructor|\\u00|[:,[\s]-?\d[\d.]*[eE]\+?\d{3}|\d{300}/;

/**
 * Answers the operations that carry the load right where a request arrives, in front of fastify and Apollo, which cost several times as much
 * as such an operation itself. What is in any way unusual is handed on as if it had never been here.
 */
export function createHotPath({ graphql, contextOf, isAllowedOrigin, bodyLimit, isClosing }: HotPathOptions) {
  function isPlain({ method, url, headers }: IncomingMessage): boolean {
    return (
      method === 'POST' &&
      url === '/graphql' &&
      bodyTypes.has(headers['content-type']) &&
      answerTypes.has(headers.accept) &&
      Number(headers['content-length']) <= bodyLimit &&
      headers['content-encoding'] === undefined &&
      isAllowedOrigin(headers.origin, headers.host) &&
      !isClosing()
    );
  }

  /** @returns null for what is no request for the hot path */
  function read(body: Buffer): HotReady | null {
    if (!isUtf8(body)) return null;
    const text = body.toString();
    if (oddJson.test(text)) return null;
    try {
      return graphql.readHot(JSON.parse(text));
    } catch {
      return null;
    }
  }

  function respond({ headers }: IncomingMessage, response: ServerResponse, ready: HotReady): void {
    const id = randomUUID();
    const head = [...commonHeaders, 'x-request-id', id, ...corsHeaders(headers.origin)];
    const write = ({ device }: Context, { status, retryAfterSeconds, body }: HotAnswer) => {
      if (retryAfterSeconds !== null) head.push('retry-after', String(retryAfterSeconds));
      if (device.isNew && device.id) head.push('set-cookie', writeDeviceCookie(device.id, headers.host));
      head.push('cache-control', device.isNew ? 'private, no-store' : 'no-store');
      head.push('content-type', answerTypes.get(headers.accept) ?? json, 'content-length', String(Buffer.byteLength(body)));
      response.writeHead(status, head).end(body);
    };
    const fail = (error: unknown) => {
      if (response.headersSent) return void response.destroy();
      const body = `${JSON.stringify({ errors: [graphql.translate(error, { requestId: id })] })}\n`;
      head.push('cache-control', 'no-store', 'content-type', json, 'content-length', String(Buffer.byteLength(body)));
      response.writeHead(500, head).end(body);
    };
    try {
      const written = next(contextOf({ id, headers }), (context) => next(ready.run(context), (answer) => write(context, answer)));
      if (written instanceof Promise) written.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** @param ordinary  answers everything else */
  return function inFrontOf(ordinary: RequestListener): RequestListener {
    return (request, response) => {
      if (!isPlain(request)) return ordinary(request, response);
      const expected = Number(request.headers['content-length']);
      let body: Buffer | null = null;
      const onData = (chunk: Buffer) => {
        body = body === null ? chunk : Buffer.concat([body, chunk]);
        if (body.length < expected) return;
        request.off('data', onData);
        const ready = read(body);
        if (ready) return respond(request, response, ready);
        // Before the end of the body was told, so that who reads it next finds all of it.
        request.pause();
        request.unshift(body);
        ordinary(request, response);
      };
      if (expected > 0) request.on('data', onData);
      else ordinary(request, response);
    };
  };
}
