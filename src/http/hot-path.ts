import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { writeDeviceCookie } from '../core/device-cookie.js';
import type { Context } from '../graphql/context.js';
import type { HotAnswer, HotReady } from '../graphql/hot-path.js';
import { next } from '../graphql/next.js';
import type { GraphqlServer } from '../graphql/server.js';
import type { RequestMeter } from '../telemetry/metrics/requests.js';
import { commonHeaders, corsHeaders } from './answer-headers.js';
import type { Sender } from './crawler-signal.js';
import type { IsAllowedOrigin } from './origins.js';

/** Who sends a request, as its headers tell. */
export interface RequestHead extends Sender {
  readonly id: string;
}

export interface HotPathOptions {
  readonly graphql: Pick<GraphqlServer, 'readHot' | 'translate'>;
  readonly contextOf: (request: RequestHead) => Context | Promise<Context>;
  readonly isAllowedOrigin: IsAllowedOrigin;
  readonly bodyLimit: number;
  /** Whether the server ends: then the ordinary way tells connections so. */
  readonly isEnding: () => boolean;
  /** Default null: nobody is told how long answers took. */
  readonly meter?: RequestMeter | null;
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

/**
 * Whether a body holds names that an object inherits, also written with escapes, or numbers that no double holds: the ordinary way knows
 * what to do with them. Most bodies are told by the quick looks; in one pattern they cost three times as much.
 */
function isOdd(text: string): boolean {
  const hasOddName = text.includes('__proto__') || text.includes('constructor') || text.includes('\\u00');
  const hasHugeNumber = () => /\d[eE]\+?\d{3}/.test(text) && /[:,[\s]-?\d[\d.]*[eE]\+?\d{3}/.test(text);
  return hasOddName || hasHugeNumber() || (text.length > 300 && /\d{300}/.test(text));
}

/**
 * Answers the operations that carry the load right where a request arrives, in front of fastify and Apollo, which cost several times as much
 * as such an operation itself. What is in any way unusual is handed on as if it had never been here.
 */
export function createHotPath({ graphql, contextOf, isAllowedOrigin, bodyLimit, isEnding, meter = null }: HotPathOptions) {
  function isPlain({ method, url, headers }: IncomingMessage): boolean {
    return (
      method === 'POST' &&
      url === '/graphql' &&
      bodyTypes.has(headers['content-type']) &&
      answerTypes.has(headers.accept) &&
      Number(headers['content-length']) <= bodyLimit &&
      headers['content-encoding'] === undefined &&
      isAllowedOrigin(headers.origin, headers.host) &&
      !isEnding()
    );
  }

  /** @returns null for what is no request for the hot path */
  function read(body: Buffer): HotReady | null {
    if (!isUtf8(body)) return null;
    const text = body.toString();
    if (isOdd(text)) return null;
    try {
      return graphql.readHot(JSON.parse(text));
    } catch {
      return null;
    }
  }

  function tell(status: number, from: number, asksFor: Context['asked']['for']): void {
    if (meter === null) return;
    const took = performance.now() - from;
    meter.answered('graphql', status, took);
    if (asksFor !== null) meter.assigned(asksFor, took);
  }

  function respond({ headers, socket }: IncomingMessage, response: ServerResponse, ready: HotReady, from: number): void {
    const id = randomUUID();
    const head = [...commonHeaders, 'x-request-id', id, ...corsHeaders(headers.origin)];
    const write = ({ device, asked }: Context, { status, retryAfterSeconds, body }: HotAnswer) => {
      if (retryAfterSeconds !== null) head.push('retry-after', String(retryAfterSeconds));
      if (device.isNew && device.id) head.push('set-cookie', writeDeviceCookie(device.id, headers.host));
      head.push('cache-control', device.isNew ? 'private, no-store' : 'no-store');
      head.push('content-type', answerTypes.get(headers.accept) ?? json, 'content-length', String(Buffer.byteLength(body)));
      response.writeHead(status, head).end(body);
      tell(status, from, asked.for);
    };
    const fail = (error: unknown) => {
      if (response.headersSent) return void response.destroy();
      const body = `${JSON.stringify({ errors: [graphql.translate(error, { requestId: id })] })}\n`;
      head.push('cache-control', 'no-store', 'content-type', json, 'content-length', String(Buffer.byteLength(body)));
      response.writeHead(500, head).end(body);
      tell(500, from, null);
    };
    try {
      const written = next(contextOf({ id, headers, socket }), (context) => next(ready.run(context), (answer) => write(context, answer)));
      if (written instanceof Promise) written.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** @param ordinary  answers everything else */
  return function inFrontOf(ordinary: RequestListener): RequestListener {
    return (request, response) => {
      if (!isPlain(request)) return ordinary(request, response);
      const from = meter === null ? 0 : performance.now();
      const expected = Number(request.headers['content-length']);
      let body: Buffer | null = null;
      const onData = (chunk: Buffer) => {
        body = body === null ? chunk : Buffer.concat([body, chunk]);
        if (body.length < expected) return;
        const ready = read(body);
        if (ready) return respond(request, response, ready, from);
        request.off('data', onData);
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
