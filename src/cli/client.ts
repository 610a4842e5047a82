/** A GraphQL client of the size that commands need: one call, with the server's refusals as errors. */

/** Runs an operation. @throws Error with what the server said, or that it is not there */
export type ApiClient = <T>(document: string, variables?: Readonly<Record<string, unknown>>) => Promise<T>;

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** @param url of the server, e.g. `http://127.0.0.1:4000` */
export function createClient({ url, key }: { readonly url: string; readonly key: string }): ApiClient {
  const endpoint = new URL('/graphql', url);
  return async <T>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    }).catch((error: unknown) => {
      throw new Error(`No server answers at ${endpoint.origin}; start one with "npm start", or name another with --url.`, { cause: error });
    });
    const answer = (await response.json()) as Answer;
    const [error] = answer.errors ?? [];
    if (error) throw new Error(`${error.extensions?.code ?? response.status}: ${error.message}`);
    return answer.data as T;
  };
}
