import { HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { writeDeviceCookie } from '../core/device-cookie.js';
import type { Context } from '../graphql/context.js';
import type { GraphqlServer } from '../graphql/server.js';
import type { RequestMeter } from '../telemetry/metrics/requests.js';

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

/** Apollo refuses what is no request of GraphQL without knowing its context: then the errors lack the id that the header names. */
function withRequestId(body: string, requestId: string): string {
  const answer = JSON.parse(body) as { errors?: readonly { extensions?: object }[] };
  const errors = answer.errors?.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return `${JSON.stringify({ ...answer, errors })}\n`;
}

/** Answers GraphQL over HTTP, GET and POST. */
export function createGraphqlHandler({
  graphql,
  contextOf,
  meter,
}: {
  graphql: GraphqlServer;
  contextOf: (request: FastifyRequest) => Context | Promise<Context>;
  meter: RequestMeter | null;
}) {
  return async function handleGraphql(request: FastifyRequest, reply: FastifyReply): Promise<string | FastifyReply> {
    let context: Context | undefined;
    const question = request.url.indexOf('?');
    const answer = await graphql.apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        search: question === -1 ? '' : request.url.slice(question),
        body: request.body,
      },
      context: async () => {
        context = await contextOf(request);
        return context;
      },
    });
    if (context?.asked.for) meter?.assigned(context.asked.for, reply.elapsedTime);
    reply.code(answer.status ?? 200);
    reply.header('cache-control', 'no-store');
    for (const [name, value] of answer.headers) reply.header(name, value);
    if (context?.device.isNew && context.device.id) {
      reply.header('set-cookie', writeDeviceCookie(context.device.id, request.headers.host));
      reply.header('cache-control', 'private, no-store');
    }
    if (answer.body.kind === 'complete') {
      return reply.statusCode < 400 ? answer.body.string : withRequestId(answer.body.string, request.id);
    }
    // No directive of the schema streams: there is nothing that could come in parts.
    return reply.code(406).send();
  };
}
