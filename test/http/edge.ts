import { buildSchema, type GraphQLObjectType } from 'graphql';
import pino from 'pino';
import type { ApiKeyScope } from '../../src/core/api-key.js';
import { DomainError, refusal } from '../../src/core/errors.js';
import type { Context } from '../../src/graphql/context.js';
import { guardSchema } from '../../src/graphql/guard.js';
import { createGraphqlServer } from '../../src/graphql/server.js';
import { createOriginRule } from '../../src/http/origins.js';
import { createHttpServer } from '../../src/http/server.js';
import type { SocketTimes } from '../../src/http/socket-watch.js';
import { type KeyDigest, keyDigest } from '../../src/services/key-digest.js';
import { createStream, type Stream } from '../../src/services/live-stream.js';
import type { ApiKeyRecord } from '../../src/services/records.js';
import type { RequestMeter } from '../../src/telemetry/metrics/requests.js';
import type { SocketMeter } from '../../src/telemetry/metrics/sockets.js';

/** A small schema behind the whole edge: root fields have names of the real one, so that they need the same scopes. */

const sdl = `
  scalar Any
  type Query {
    viewer: String
    assignment(unit: Float): String!
    experiment(key: ID): String
    thing: Thing
    away: String
    broken: String
    apiKeys: Any
  }
  type Thing { name: String, thing: Thing, away: String }
  type Mutation { assign: String!, trackEvents(input: Any): String, createExperiment(name: String): String }
  type Subscription {
    weightsUpdated(after: Int): Int!
    resultsUpdated(bytes: Int!): String!
    alertRaised: Int!
    countsUpdated(of: String): Tick!
  }
  type Tick { number: Int!, scope: String!, away: String, broken: String }
`;

type Args = Record<string, unknown>;

/** Streams that run, to see that they end. */
export const openStreams = new Set<string>();

async function* held(name: string, produce: () => AsyncGenerator<unknown>): AsyncGenerator<unknown> {
  openStreams.add(name);
  try {
    yield* produce();
  } finally {
    openStreams.delete(name);
  }
}

let silences = 0;

/** A stream that says nothing and can be ended while it waits. */
function silence(): AsyncIterableIterator<unknown> {
  const name = `silence ${++silences}`;
  let end: (result: IteratorResult<unknown>) => void = () => {};
  openStreams.add(name);
  return {
    next: () => new Promise((resolve) => (end = resolve)),
    async return() {
      openStreams.delete(name);
      end({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A stream for any number of subscribers, who all get the same message, and how often one was shown. */
export const ticks = createTicks();

function createTicks() {
  const streams = new Set<Stream<{ readonly countsUpdated: { readonly number: number } }>>();
  let shown = 0;
  return {
    subscribers: () => streams.size,
    subscribe() {
      const name = `ticks ${++silences}`;
      openStreams.add(name);
      const stream: Stream<{ readonly countsUpdated: { readonly number: number } }> = createStream(
        async function* (wait) {
          while (await wait(null)) yield* [];
        },
        () => {
          streams.delete(stream);
          openStreams.delete(name);
        },
      );
      streams.add(stream);
      return stream;
    },
    show(number: number): number {
      shown += 1;
      return number;
    },
    /** Sends one message to all; how often it has been shown when all have heard of it is told by `shown`. */
    tick(number: number): void {
      shown = 0;
      const message = { countsUpdated: { number } };
      for (const stream of streams) stream.offer(message);
    },
    shown: () => shown,
    complete(): void {
      for (const stream of [...streams]) void stream.return();
    },
  };
}

const away = () => {
  throw new DomainError([{ code: 'UNAVAILABLE', message: 'A store is away.', path: [] }], { retryAfterSeconds: 3 });
};

function createEdgeSchema() {
  const schema = buildSchema(sdl);
  const resolve = (type: string, resolvers: Record<string, (args: Args, context: Context) => unknown>) => {
    const fields = (schema.getType(type) as GraphQLObjectType).getFields();
    for (const [name, run] of Object.entries(resolvers)) {
      Object.assign(fields[name] as object, { resolve: (_: unknown, args: Args, context: Context) => run(args, context) });
    }
  };
  resolve('Query', {
    viewer: (_, { caller }) => caller?.name ?? null,
    assignment: ({ unit }) => {
      if (unit === 503) return away();
      if (unit === 500) throw new Error('password=hunter2');
      return unit === 0 ? null : String(unit);
    },
    experiment: ({ key }) => (key === 'missing' ? null : String(key)),
    thing: () => ({ name: 'thing' }),
    away,
    broken: () => {
      throw new Error('password=hunter2');
    },
    apiKeys: () => [],
  });
  const tick = (schema.getType('Tick') as GraphQLObjectType).getFields();
  Object.assign(tick.number as object, { resolve: ({ number }: { number: number }) => ticks.show(number) });
  resolve('Tick', {
    scope: (_, { caller }) => caller?.scope,
    away,
    broken: () => {
      throw new Error('password=hunter2');
    },
  });
  resolve('Thing', { thing: () => ({ name: 'inner' }), away });
  resolve('Mutation', {
    assign: (_, { device }) => device.claim(),
    trackEvents: ({ input }) => JSON.stringify(input),
    createExperiment: ({ name }) => {
      if (name === 'taken') throw refusal('EXPERIMENT_KEY_TAKEN', 'It is taken.', ['key']);
      return String(name);
    },
  });
  const streams = (schema.getSubscriptionType() as GraphQLObjectType).getFields();
  Object.assign(streams.weightsUpdated as object, {
    subscribe: (_: unknown, { after }: Args) =>
      held('weights', async function* () {
        for (let i = Number(after ?? 0) + 1; i <= 3; i += 1) yield { weightsUpdated: i };
      }),
  });
  Object.assign(streams.resultsUpdated as object, {
    subscribe: (_: unknown, { bytes }: Args) =>
      held('results', async function* () {
        const resultsUpdated = 'x'.repeat(Number(bytes));
        for (;;) {
          yield { resultsUpdated };
          await new Promise((resume) => setImmediate(resume));
        }
      }),
  });
  Object.assign(streams.alertRaised as object, { subscribe: silence });
  Object.assign(streams.countsUpdated as object, { subscribe: ticks.subscribe });
  return guardSchema(schema);
}

/** Keys that are valid, by secret. */
export const secrets: Readonly<Record<ApiKeyScope, string>> = {
  CLIENT: 'client-secret',
  SERVER: 'server-secret',
  READ: 'read-secret',
  ADMIN: 'admin-secret',
};

export interface EdgeOptions {
  readonly introspection?: boolean;
  readonly origins?: readonly string[];
  readonly localhost?: boolean;
  readonly socketWatch?: SocketTimes;
  readonly drainMs?: number;
  readonly meters?: { readonly requests: RequestMeter; readonly sockets: SocketMeter };
}

const quick: SocketTimes = { roundMs: 50, patienceMs: 200, pingEveryMs: 400 };

/** Starts the edge on a free port. */
export async function startEdge({
  introspection = true,
  origins = [],
  localhost = true,
  socketWatch = quick,
  drainMs = 0,
  meters,
}: EdgeOptions = {}) {
  const revoked = new Set<string>();
  const logged: string[] = [];
  let storeIsAway = false;
  const keys = {
    async authenticate(digest: KeyDigest): Promise<ApiKeyRecord | null> {
      if (storeIsAway) return away();
      const scope = (Object.keys(secrets) as ApiKeyScope[]).find((name) => keyDigest(secrets[name]) === digest);
      if (!scope || revoked.has(secrets[scope])) return null;
      return { id: scope, name: `${scope} key`, scope } as ApiKeyRecord;
    },
  };
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const graphql = await createGraphqlServer({
    schema: createEdgeSchema(),
    log,
    introspection,
    meter: meters ? { ...meters.requests, ...meters.sockets } : null,
  });
  const isReady = { ok: true };
  const server = createHttpServer({
    graphql,
    services: { reads: {} } as unknown as Context['services'],
    keys,
    isAllowedOrigin: createOriginRule({ listed: origins, localhost, serverHost: '127.0.0.1' }),
    ready: () => isReady,
    dashboard: null,
    startPage: () => [{ name: 'API', address: '/graphql', note: 'GraphQL & <more>' }],
    graphiql: introspection,
    log,
    socketWatch,
    drainMs,
    meters: meters ?? null,
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });

  /** Posts an operation. */
  async function post(
    body: string | Uint8Array<ArrayBuffer> | object,
    headers: Record<string, string> = {},
    scope: ApiKeyScope | null = 'ADMIN',
  ) {
    const authorization: Record<string, string> = scope ? { authorization: `Bearer ${secrets[scope]}` } : {};
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }

  return {
    url,
    server,
    post,
    logged,
    isReady,
    revoke: (secret: string) => revoked.add(secret),
    takeStoreAway: (isAway: boolean) => {
      storeIsAway = isAway;
    },
    close: () => server.close(),
  };
}

export type Edge = Awaited<ReturnType<typeof startEdge>>;

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly string[];
    readonly extensions: Record<string, unknown>;
  }[];
}

function parsed(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}
