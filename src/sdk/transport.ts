import { RequestFault } from './fault.js';

/** GraphQL over HTTP. */

/** As much of `fetch` as is needed, so that any can be handed in. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly keepalive: boolean;
    readonly credentials: 'include';
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; readonly headers: { get(name: string): string | null }; json(): Promise<unknown> }>;

export interface TransportOptions {
  /** Where the service is, such as `https://bellwether.example`; a path is kept, and `/graphql` put behind it where it is missing. */
  readonly url: string;
  readonly key: string;
  readonly fetch?: Fetch | undefined;
  readonly timeoutMs: number;
}

export interface AskOptions {
  /** Lets the request outlive its page. Browsers allow 64 KiB for all of them together. */
  readonly keepalive?: boolean;
}

export type Transport = ReturnType<typeof createTransport>;

export function createTransport({ url, key, fetch = globalThis.fetch as Fetch, timeoutMs }: TransportOptions) {
  const endpoint = endpointOf(url);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return {
    endpoint,

    /** The data of an operation. @throws RequestFault */
    async ask<Data>(query: string, variables: object, { keepalive = false }: AskOptions = {}): Promise<Data> {
      const body = JSON.stringify({ query, variables });
      const signal = AbortSignal.timeout(timeoutMs);
      // Credentials carry the cookie by which the service knows a browser that has no id yet.
      const request = { method: 'POST', headers, body, keepalive, credentials: 'include', signal } as const;
      try {
        const response = await fetch(endpoint, request);
        return readAnswer<Data>(response.status, response.headers.get('retry-after'), await response.json());
      } catch (thrown) {
        if (thrown instanceof RequestFault) throw thrown;
        throw new RequestFault('UNREACHABLE', `No answer from ${endpoint}: ${String(thrown)}`, { cause: thrown });
      }
    },
  };
}

function endpointOf(url: string): string {
  // An address that is none, as from an environment that was not set, is told of by the first question.
  const bare = String(url).replace(/\/+$/, '');
  return bare.endsWith('/graphql') ? bare : `${bare}/graphql`;
}

interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlFault[];
}

/** An error as GraphQL writes it. */
export interface GraphqlFault {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryAfterSeconds?: number; readonly retryable?: boolean };
}

function readAnswer<Data>(status: number, retryAfter: string | null, answer: unknown): Data {
  const { data, errors } = (answer ?? {}) as GraphqlAnswer;
  if (errors?.[0]) throw faultOfErrors(errors, retryAfter);
  if (status === 413) throw new RequestFault('PAYLOAD_TOO_LARGE', 'The request is larger than the service takes.');
  // A gateway that is not the service answers in its own words.
  if (data === undefined || data === null) throw new RequestFault('UNREACHABLE', `HTTP ${status} without data`, wait(retryAfter));
  return data as Data;
}

/** @param retryAfter the header of that name, where the error itself says nothing */
export function faultOfErrors([error]: readonly GraphqlFault[], retryAfter: string | null = null): RequestFault {
  const { code = 'INTERNAL_SERVER_ERROR', retryAfterSeconds, retryable } = error?.extensions ?? {};
  return new RequestFault(code, error?.message ?? code, { ...wait(retryAfterSeconds ?? retryAfter), retryable });
}

function wait(seconds: number | string | null): { retryAfterMs: number } {
  const ms = Number(seconds) * 1_000;
  return { retryAfterMs: ms > 0 ? Math.min(ms, 600_000) : 0 };
}
