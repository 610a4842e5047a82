/**
 * Environment -> one checked, frozen Config. Nothing else reads process.env.
 * Every wrong value is named, with what was received and what is expected, all at once.
 */
import { resolve } from 'node:path';
import { type CrawlerSignal, readCrawlerSignal } from './config-crawlers.js';
import { type ReplicaConfig, readDatabaseUrl, readReplica } from './config-database.js';
import { redisUrl } from './config-redis.js';
import { readTracing, type TracingConfig } from './config-tracing.js';
import * as read from './config-values.js';
import { webhooks } from './config-webhooks.js';
import type { WebhookEndpoint } from './core/webhook-endpoint.js';

export const roles = ['all', 'api', 'worker'] as const;
export type Role = (typeof roles)[number];
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface RedisUrls {
  /** Must not evict: jobs and locks. */
  readonly queueUrl: string;
  /** May evict: compiled definitions, announcements. The same server as the queue's unless two are given. */
  readonly cacheUrl: string;
}

/** Secrets of the keys that exist from the start; null where none was given. */
export interface KeySecrets {
  readonly admin: string | null;
  readonly read: string | null;
  readonly server: string | null;
  readonly client: string | null;
}

export interface Config {
  readonly role: Role;
  /** Address to listen on. */
  readonly host: string;
  /** 0 to 65535; 0 takes any free port. */
  readonly port: number;
  /** Port of `GET /metrics` alone, 0 for any free one; null: it is on the main port, for keys of scope READ. */
  readonly metricsPort: number | null;
  /** API processes that share the port; more than 1 only in the role `api`. */
  readonly workers: number;
  /** Absolute path. */
  readonly dataDir: string;
  /** null: an embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** A streaming replica, for what people look at and decisions read; null: the database answers. */
  readonly replica: ReplicaConfig | null;
  /** null: an embedded Redis. */
  readonly redis: RedisUrls | null;
  /** Whether the store of record is our own: then keys are made and printed, introspection is on, and pages of this machine may call. */
  readonly embedded: boolean;
  readonly introspection: boolean;
  /** Origins that browsers may call from; null: the server's own, and those of this machine on any port in embedded mode. */
  readonly origins: readonly string[] | null;
  /** Days that raw events are kept, 1 to 3650. */
  readonly retentionDays: number;
  readonly keys: KeySecrets;
  /** Who is told of alerts, decisions and daily reports; none by default. */
  readonly webhooks: readonly WebhookEndpoint[];
  /** Hour of the day, in UTC, from which daily reports are made; 0 to 23. */
  readonly reportHour: number;
  /** null: no proxy is believed, and units alone say whether they are bots. */
  readonly crawlerSignal: CrawlerSignal | null;
  /** Seconds from the signal to stop until nothing more is accepted, 0 to 60: what a balancer in front needs to send requests elsewhere. */
  readonly drainSeconds: number;
  readonly logLevel: LogLevel;
  /** null: nothing is traced. */
  readonly tracing: TracingConfig | null;
  /** What programs that we start may need of our environment: PATH and proxies. */
  readonly systemEnv: Readonly<Record<string, string>>;
}

/** The same with both stores at hand: what `compose` gets. */
export interface ReadyConfig extends Config {
  readonly databaseUrl: string;
  readonly redis: RedisUrls;
}

/** The environment cannot be used; `faults` has a line for each thing wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The environment has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

const passedOn = ['PATH', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/**
 * Each store is embedded unless its address is given: DATABASE_URL alone still gets an embedded Redis, as nothing in that one has to last.
 * Only the role `all` may embed: an embedded store ends with its instance, and an API and a worker that each have stores of their own would never meet.
 *
 * @param env default: this process's; an empty value counts as absent
 * @param command role that the command line names; null: BELLWETHER_ROLE does
 * @throws ConfigError naming every fault
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env, command: Role | null = null): Config {
  const faults: string[] = [];
  const value = read.createReader(env, faults);
  const role = value('BELLWETHER_ROLE', command ?? 'all', read.oneOf(roles));
  if (command !== null && role !== command) {
    faults.push(`BELLWETHER_ROLE: received ${JSON.stringify(role)} beside the command "${command}"; expected the same, or none`);
  }
  const databaseUrl = readDatabaseUrl(value, faults);
  const replica = readReplica(value, faults, databaseUrl);
  const redis = readRedis(value, faults);
  const embedded = databaseUrl === null;
  const missing = [...(embedded ? ['DATABASE_URL'] : []), ...(redis === null ? ['REDIS_URL'] : [])];
  if (role !== 'all' && missing.length > 0 && faults.length === 0) {
    faults.push(
      `${missing.join(' and ')}: missing; BELLWETHER_ROLE=${role} needs servers that it shares with the other roles (embedded ones come with the role "all" alone)`,
    );
  }
  const keys = {
    admin: value('BELLWETHER_ADMIN_KEY', null, read.secret),
    read: value('BELLWETHER_READ_KEY', null, read.secret),
    server: value('BELLWETHER_SERVER_KEY', null, read.secret),
    client: value('BELLWETHER_CLIENT_KEY', null, read.secret),
  };
  const given = Object.values(keys).filter((key) => key !== null);
  if (new Set(given).size < given.length) {
    faults.push(
      'BELLWETHER_ADMIN_KEY, BELLWETHER_READ_KEY, BELLWETHER_SERVER_KEY, BELLWETHER_CLIENT_KEY: two are the same; expected a different secret for each, as it decides what a caller may do',
    );
  }
  const workers = value('WEB_CONCURRENCY', 1, read.integer(1, 128));
  if (workers > 1 && role !== 'api') {
    faults.push(
      `WEB_CONCURRENCY: received ${workers} beside BELLWETHER_ROLE=${role}; expected 1, for only the role "api" runs as several processes`,
    );
  }
  const host = value('HOST', '127.0.0.1', read.host);
  const port = value('PORT', 4000, read.integer(0, 65_535));
  const metricsPort = value('BELLWETHER_METRICS_PORT', null, read.integer(0, 65_535));
  if (metricsPort === port && port !== 0) faults.push(`BELLWETHER_METRICS_PORT: received ${port}, which is PORT; expected another`);
  const config: Config = {
    role,
    host,
    port,
    metricsPort,
    workers,
    dataDir: resolve(value('BELLWETHER_DATA_DIR', '.bellwether', read.text)),
    databaseUrl,
    replica,
    redis,
    embedded,
    introspection: value('BELLWETHER_INTROSPECTION', embedded ? 'on' : 'off', read.oneOf(['on', 'off'] as const)) === 'on',
    origins: value('BELLWETHER_ORIGINS', null, read.origins),
    retentionDays: value('BELLWETHER_RETENTION_DAYS', 30, read.integer(1, 3_650)),
    keys: Object.freeze(keys),
    webhooks: value('BELLWETHER_WEBHOOKS', [], webhooks),
    reportHour: value('BELLWETHER_REPORT_HOUR', 8, read.integer(0, 23)),
    crawlerSignal: readCrawlerSignal(value, faults),
    drainSeconds: value('BELLWETHER_DRAIN_SECONDS', role === 'api' ? 3 : 0, read.integer(0, 60)),
    logLevel: value('LOG_LEVEL', 'info', read.oneOf(logLevels)),
    tracing: readTracing(value),
    systemEnv: Object.freeze(Object.fromEntries(passedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

function readRedis(value: read.Reader, faults: string[]): RedisUrls | null {
  const both = value('REDIS_URL', null, redisUrl);
  const queueUrl = value('REDIS_QUEUE_URL', both, redisUrl);
  const cacheUrl = value('REDIS_CACHE_URL', both, redisUrl);
  if (queueUrl !== null && cacheUrl !== null) return Object.freeze({ queueUrl, cacheUrl });
  if (queueUrl !== null || cacheUrl !== null) {
    const [lacking, has] = queueUrl === null ? ['REDIS_QUEUE_URL', 'REDIS_CACHE_URL'] : ['REDIS_CACHE_URL', 'REDIS_QUEUE_URL'];
    faults.push(`${lacking}: missing beside ${has}; expected both, or REDIS_URL for the one that is not given`);
  }
  return null;
}

/** Where a command finds the service and its key. @throws ConfigError naming every fault */
export function clientConfig(env: NodeJS.ProcessEnv = process.env) {
  const faults: string[] = [];
  const value = read.createReader(env, faults);
  const host = value('HOST', '127.0.0.1', read.host);
  const config = {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${value('PORT', 4000, read.integer(1, 65_535))}`,
    givenUrl: value('BELLWETHER_URL', null, read.text),
    givenKey: value('BELLWETHER_KEY', null, read.text),
    adminKey: value('BELLWETHER_ADMIN_KEY', null, read.secret),
    dataDir: resolve(value('BELLWETHER_DATA_DIR', '.bellwether', read.text)),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** The stores that the environment names; null for what is not given. @throws ConfigError naming every fault */
export function storeAddresses(env: NodeJS.ProcessEnv = process.env) {
  const faults: string[] = [];
  const value = read.createReader(env, faults);
  const addresses = { databaseUrl: readDatabaseUrl(value, faults), redis: readRedis(value, faults) };
  if (faults.length > 0) throw new ConfigError(faults);
  return addresses;
}

/** What `npm start -- --help` prints and the README repeats: every variable, what it means, its default. */
export const environment: readonly (readonly [name: string, meaning: string, defaultValue: string])[] = [
  ['PORT', 'port to listen on; 0 takes a free one', '4000'],
  ['HOST', 'address to listen on', '127.0.0.1'],
  ['BELLWETHER_METRICS_PORT', 'port that GET /metrics has for itself, without a key', 'on the main port, with a key of scope READ'],
  ['DATABASE_URL', 'PostgreSQL 13 or later, e.g. postgresql://user:password@host:5432/database', 'an embedded PostgreSQL 18'],
  ['DATABASE_PASSWORD', 'password for a DATABASE_URL that has none; for a DATABASE_REPLICA_URL too', 'that of DATABASE_URL'],
  ['DATABASE_REPLICA_URL', 'streaming replica of the database, for what people look at and decisions read, see docs/scaling.md', 'none'],
  ['DATABASE_REPLICA_LAG_SECONDS', 'how far behind the replica may be before the database is asked in its place, 1 to 300', '1'],
  [
    'REDIS_URL',
    'Redis 6.2 or later that does not evict (maxmemory-policy noeviction); redis+cluster:// and redis+sentinel:// too, see docs/scaling.md',
    'an embedded Redis',
  ],
  ['REDIS_QUEUE_URL', 'Redis of the queue, when apart; must not evict', 'REDIS_URL'],
  ['REDIS_CACHE_URL', 'Redis of the cache, when apart; may evict (allkeys-lru)', 'REDIS_URL'],
  ['BELLWETHER_ROLE', 'all, api or worker', 'all'],
  ['WEB_CONCURRENCY', 'processes that share the port, for machines with more cores; 1 to 128, only in the role api', '1'],
  ['BELLWETHER_DATA_DIR', 'folder of the embedded stores, the snapshot and the log', '.bellwether'],
  ['BELLWETHER_INTROSPECTION', 'on or off: whether the schema can be asked for, and /graphiql is there', 'on when embedded, else off'],
  [
    'BELLWETHER_ORIGINS',
    'origins that browsers may call from, e.g. https://a.example,https://b.example',
    "the server's own; http://localhost and http://127.0.0.1 too when embedded",
  ],
  ['BELLWETHER_RETENTION_DAYS', 'days that raw events are kept, and late ones taken, 1 to 3650; cuped looks back 14', '30'],
  [
    'BELLWETHER_ADMIN_KEY',
    'secret of an ADMIN key that exists from the start, 32 characters or more',
    'made and printed once when embedded',
  ],
  ['BELLWETHER_READ_KEY', 'the same with scope READ', 'made and printed once when embedded'],
  ['BELLWETHER_SERVER_KEY', 'the same with scope SERVER', 'made and printed once when embedded'],
  ['BELLWETHER_CLIENT_KEY', 'the same with scope CLIENT', 'made and printed once when embedded'],
  [
    'BELLWETHER_TRUSTED_PROXIES',
    'addresses and networks of proxies that are believed, e.g. 10.0.0.0/8,fd00::/8; with BELLWETHER_BOT_HEADER',
    'none',
  ],
  [
    'BELLWETHER_BOT_HEADER',
    'header that is true or 1 where a trusted proxy has found a crawler: its units are bots; with BELLWETHER_TRUSTED_PROXIES',
    'none',
  ],
  [
    'BELLWETHER_DRAIN_SECONDS',
    'seconds, 0 to 60, in which a stopping instance says so at /ready and goes on serving, for the balancer in front',
    '3 in the role api, else 0',
  ],
  ['BELLWETHER_WEBHOOKS', 'receivers of alerts, decisions and daily reports: a JSON list, see docs/webhooks.md', 'none'],
  ['BELLWETHER_REPORT_HOUR', 'hour of the day from which daily reports are made, in UTC, 0 to 23', '8'],
  ['LOG_LEVEL', 'trace, debug, info, warn, error, fatal or silent', 'info'],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OpenTelemetry collector that gets the traces, e.g. http://localhost:4318; its other OTEL_* variables count too',
    'no tracing',
  ],
];
