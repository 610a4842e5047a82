import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { RunningNginx } from './nginx.js';

/** A client of the service behind nginx, over TLS that it checks. */

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly json: () => any;
}

export interface Question {
  readonly path?: string;
  /** Sent as JSON, by POST; none: a GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param secret of the key that it asks with */
export function createClientOf({ url, certificate }: Pick<RunningNginx, 'url' | 'certificate'>, secret: string) {
  const agent = new Agent({ keepAlive: true, ca: certificate });
  return {
    /** @throws when the connection breaks */
    async ask({ path = '/graphql', body, headers = {} }: Question): Promise<Answer> {
      const sent = request(`${url}${path}`, {
        agent,
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
      });
      sent.end(body ? JSON.stringify(body) : undefined);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      return { status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) };
    },
    close: () => agent.destroy(),
  };
}
