import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, refusal } from '../core/errors.js';
import { unitOfContext } from '../core/flag-context.js';
import { evaluationOf, isFailure } from '../core/flag-evaluation.js';
import type { Unit } from '../core/unit.js';
import { type Authenticator, bearerDigest, identify } from '../graphql/authentication.js';
import type { Assignments } from '../services/assignments.js';
import { keyDigest } from '../services/key-digest.js';
import type { IsFromCrawler } from './crawler-signal.js';
import { failureOf, type OfrepErrorCode, statusOf } from './ofrep-answer.js';

export interface OfrepOptions {
  readonly assignments: Pick<Assignments, 'assignment' | 'assignments'>;
  readonly keys: Authenticator;
  readonly isFromCrawler: IsFromCrawler;
  /** Whether anything is known: an empty list would say that there are no flags. */
  readonly isReady: () => boolean;
}

/** A context has 4 KB of attributes and a few ids. */
const bodyLimit = 64 * 1024;

interface FlagRoute {
  readonly Params: { readonly key?: string };
}

/**
 * The OpenFeature Remote Evaluation Protocol, version 0.3.0, so that the stock provider of any OpenFeature SDK is served: experiments are
 * flags. Evaluating is pure; exposures come by trackEvents. See `docs/ofrep.md`.
 */
export function registerOfrep(app: FastifyInstance, { assignments, keys, isFromCrawler, isReady }: OfrepOptions): void {
  const unitOf = (request: FastifyRequest): Unit => {
    const unit = unitOfBody(request.body);
    return isFromCrawler(request) ? { ...unit, isBot: true } : unit;
  };
  app.register(
    async (routes) => {
      routes.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const fault = await faultOfCaller(keys, request);
        if (fault) return refuse(reply, fault);
      });
      routes.setErrorHandler((error: Error & { statusCode?: number }, request: FastifyRequest<FlagRoute>, reply) => {
        const { key } = request.params;
        if (error instanceof DomainError) return fail(reply, 'INVALID_CONTEXT', error.message, key);
        const status = error.statusCode ?? 500;
        if (status < 500) return fail(reply, 'PARSE_ERROR', error.message.slice(0, 300), key, status);
        request.log.error({ err: error, requestId: request.id }, 'a request failed');
        return fail(reply, 'GENERAL', 'Internal server error.', key);
      });

      routes.post<FlagRoute & { Params: { readonly key: string } }>('/flags/:key', { bodyLimit }, async (request, reply) => {
        const answer = evaluationOf(await assignments.assignment(request.params.key, unitOf(request)));
        return reply.code(isFailure(answer) ? statusOf[answer.errorCode] : 200).send(answer);
      });

      routes.post<FlagRoute>('/flags', { bodyLimit }, async (request, reply) => {
        const unit = unitOf(request);
        if (!isReady()) return fail(reply, 'GENERAL', 'Nothing is known yet, for the stores are away. Try again.');
        const flags = (await assignments.assignments(null, unit)).map(evaluationOf);
        const body = JSON.stringify({ flags });
        const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
        reply.header('etag', etag);
        if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
        return reply.type('application/json; charset=utf-8').send(body);
      });
    },
    { prefix: '/ofrep/v1/evaluate' },
  );
}

/** The unit that the body of a request speaks of; an absent body is as an empty one. @throws DomainError */
function unitOfBody(body: unknown): Unit {
  const content = body ?? {};
  if (typeof content !== 'object' || Array.isArray(content)) throw refusal('BAD_USER_INPUT', 'The body must be a JSON object.');
  return unitOfContext((content as { readonly context?: unknown }).context ?? {});
}

interface CallerFault {
  readonly status: 401 | 503;
  readonly message: string;
}

/** Why a request is not answered at all; every scope may evaluate. */
async function faultOfCaller(keys: Authenticator, { headers }: FastifyRequest): Promise<CallerFault | null> {
  const given = headers['x-api-key'];
  const digest = bearerDigest(headers.authorization) ?? (typeof given === 'string' ? keyDigest(given) : null);
  const { caller, callerFault } = await identify(keys, digest);
  if (callerFault) return { status: 503, message: callerFault.message };
  return caller ? null : { status: 401, message: 'A valid key is needed, sent as "authorization: Bearer KEY" or "x-api-key: KEY".' };
}

function refuse(reply: FastifyReply, { status, message }: CallerFault): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  else reply.header('retry-after', '1');
  return reply.code(status).send({ errorDetails: message });
}

function fail(reply: FastifyReply, code: OfrepErrorCode, details: string, key?: string, status = statusOf[code]): FastifyReply {
  return reply.code(status).send(failureOf(key, code, details));
}

/** Whether an `if-none-match` header names the tag; weak and strong tags are alike to it. @see RFC 9110, section 13.1.2 */
function matches(header: string | undefined, etag: string): boolean {
  const named = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return named.includes(etag) || named.includes('*');
}
