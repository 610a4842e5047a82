import { HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../graphql/context.js';
import type { GraphqlServer } from '../graphql/server.js';
import { writeDeviceCookie } from './device-cookie.js';

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

/** Answers GraphQL over HTTP, GET and POST. */
export function createGraphqlHandler({
  graphql,
  contextOf,
}: {
  graphql: GraphqlServer;
  contextOf: (request: FastifyRequest) => Promise<Context>;
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
    reply.code(answer.status ?? 200);
    reply.header('cache-control', 'no-store');
    for (const [name, value] of answer.headers) reply.header(name, value);
    if (context?.device.isNew && context.device.id) {
      reply.header('set-cookie', writeDeviceCookie(context.device.id, request.headers.host));
      reply.header('cache-control', 'private, no-store');
    }
    if (answer.body.kind === 'complete') return answer.body.string;
    // No directive of the schema streams: there is nothing that could come in parts.
    return reply.code(406).send();
  };
}
