/** A GraphQL client of the size that commands need: one call, with the server's refusals as errors. */

/** Runs an operation. @throws ApiError with what the server refused; Error when it is not there */
export type ApiClient = <T>(document: string, variables?: Readonly<Record<string, unknown>>) => Promise<T>;

interface Refusal {
  readonly message: string;
  readonly extensions?: {
    readonly code?: string;
    readonly problems?: readonly { readonly message: string; readonly path: readonly string[] }[];
    readonly retryAfterSeconds?: number;
  };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly Refusal[];
}

/** What the server refused; the message has a line for each fault that it found. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  /** When the same request may succeed; null: as it is, it never will. */
  readonly retryAfterSeconds: number | null;

  constructor({ message, extensions }: Refusal, status: number) {
    const code = extensions?.code ?? `HTTP ${status}`;
    const problems = extensions?.problems ?? [];
    const lines =
      problems.length > 1 || problems[0]?.path.length ? problems.map((each) => `${each.path.join('.')}: ${each.message}`) : [message];
    super(lines.length === 1 ? `${code}: ${lines[0]}` : `${code}:\n  ${lines.join('\n  ')}`);
    this.code = code;
    this.retryAfterSeconds = extensions?.retryAfterSeconds ?? null;
  }
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
    const answer = await answerOf(response);
    const [error] = answer.errors ?? [];
    if (error) throw new ApiError(error, response.status);
    return answer.data as T;
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new Error(`${response.url} answered ${response.status} with something that is no GraphQL: ${text.slice(0, 100)}`);
  }
}
