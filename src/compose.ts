/**
 * The composition root: builds every part of one instance, joins them, and gives back how to start and stop the whole.
 * What is opened is closed in reverse.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Started } from './banner.js';
import type { ReadyConfig } from './config.js';
import { keysOf } from './embedded/keys-file.js';
import { createSchema } from './graphql/schema.js';
import { createGraphqlServer } from './graphql/server.js';
import { builtDashboard } from './http/dashboard.js';
import { listenForMetrics, type MetricsServer } from './http/metrics.js';
import { createOriginRule } from './http/origins.js';
import { post } from './http/post.js';
import { createHttpServer, type HttpServer } from './http/server.js';
import { createInstanceMetrics, observe, toAll } from './observe.js';
import { addressesOf, startPageOf } from './places.js';
import { createChanges } from './postgres/changes.js';
import { createPool } from './postgres/database.js';
import { createDefinitionStore } from './postgres/definitions.js';
import { createRecordedExposures } from './postgres/exposures.js';
import { createForgetStore } from './postgres/forget.js';
import { createEventStore } from './postgres/ingest.js';
import { createOutbox } from './postgres/outbox.js';
import { createReads } from './postgres/reads.js';
import { createReplica } from './postgres/replica.js';
import { createSeriesReads } from './postgres/series.js';
import { createKeptKeys, createSnapshotFile } from './postgres/snapshot.js';
import { createSweeps } from './postgres/sweeps.js';
import { tracePool } from './postgres/traced-pool.js';
import { createValidationReads } from './postgres/validation.js';
import { type Clockwork, createClockwork } from './queue/clockwork.js';
import { createAnnouncements } from './redis/announcements.js';
import { checkRedisUrls, RedisAway } from './redis/check.js';
import { createRedisConnections } from './redis/connections.js';
import { createDefinitionCache } from './redis/definition-cache.js';
import { createExposureCache } from './redis/exposure-cache.js';
import { createLocks } from './redis/locks.js';
import { traceRedisCommands } from './redis/traced-commands.js';
import { scheduleFault } from './schedule/schedules.js';
import { createAllocationHistory } from './services/allocation-history.js';
import { createAllocations } from './services/allocations.js';
import { type AssignmentUpdates, createAssignmentUpdates } from './services/assignment-updates.js';
import { createAssignments } from './services/assignments.js';
import { createChanger } from './services/change.js';
import { createDailyReports } from './services/daily-reports.js';
import { createDefinitions, type Definitions } from './services/definitions.js';
import { createEnvironmentKeys, wantedKeysOf } from './services/environment-keys.js';
import { createEvaluations } from './services/evaluations.js';
import { createEvents } from './services/events.js';
import { createExperimentChecks } from './services/experiment-check.js';
import { createExperiments } from './services/experiments.js';
import { createForget } from './services/forget.js';
import { createGroupCommit } from './services/group-commit.js';
import { createKeys } from './services/keys.js';
import { createLifecycle } from './services/lifecycle.js';
import { createLive, type Live } from './services/live.js';
import { meterEvents } from './services/metered-events.js';
import type { Announcement } from './services/ports.js';
import { createRecordedVariants, type RecordedVariants } from './services/recorded-variants.js';
import { createRegistry } from './services/registry.js';
import { createReports } from './services/reports.js';
import { createSeries } from './services/series.js';
import { sha256 } from './services/sha256.js';
import { type Tracer, untraced } from './services/tracer.js';
import { createValidations } from './services/validation.js';
import { createWebhooks } from './services/webhooks.js';
import { createFallbackLog } from './telemetry/fallbacks.js';
import type { Log } from './telemetry/log.js';
import { joinFleet, type Peer } from './telemetry/metrics/fleet.js';
import type { Metrics } from './telemetry/metrics/metrics.js';
import { traceAssignments } from './telemetry/tracing/assignments.js';
import { createIngestTracing } from './telemetry/tracing/ingest.js';

export interface ComposeOptions {
  readonly log: Log;
  /** Gets a line for each step of the start. */
  readonly progress: (line: string) => void;
  /** Calls a start off. */
  readonly signal: AbortSignal;
  /** How long the stores may take to answer before this serves from the snapshot; less when they have been waited for already. Default 10,000. */
  readonly patienceMs?: number;
  /** Default null: parts are joined as they are, and nothing is spent on tracing. */
  readonly tracer?: Tracer | null;
  /** The process that shares its port with this one and others, and serves the metrics of all; default null: there is none. */
  readonly first?: Peer | null;
}

export interface Service {
  start(): Promise<Started>;
  stop(): Promise<void>;
}

/** @throws when a Redis is there and cannot be used, such as one that evicts the queue */
export async function compose(
  config: ReadyConfig,
  { log, progress, signal, patienceMs = 10_000, tracer = null, first = null }: ComposeOptions,
): Promise<Service> {
  const snapshot = createSnapshotFile(join(config.dataDir, 'definitions.snapshot'), {
    onError: (error) => log.warn({ err: error }, 'The snapshot of the definitions could not be written'),
  });
  // Where the database has been waited for in vain, Redis is not waited for as long again.
  await checkRedisUrls(config.redis, Math.max(1_000, patienceMs / 2)).catch(async (error: unknown) => {
    // What can serve from memory does; whoever starts it for the first time must hear of a wrong address.
    if (!(error instanceof RedisAway) || (await snapshot.read()) === null) throw error;
    log.error({ err: error }, 'Starting without Redis');
  });

  const clock = { now: () => new Date() };
  const ids = { uuid: randomUUID, salt: () => randomBytes(16).toString('hex') };
  const { retentionDays } = config;

  // Stores. Events have connections of their own, so that neither readers nor jobs keep them waiting; so has what visitors wait for.
  // Both give up soon on a store that hangs.
  const pool = createPool(config.databaseUrl, 10);
  const ingestPool = createPool(config.databaseUrl, 2, 2_500);
  const lookUpPool = createPool(config.databaseUrl, 4, 2_500);
  const jobPool = createPool(config.databaseUrl, 5, 30_000);
  const replica = config.replica && createReplica({ primary: pool, log, ...config.replica });
  if (tracer) for (const each of [pool, ingestPool, lookUpPool, jobPool, ...(replica ? [replica.pool] : [])]) tracePool(each, tracer);
  const connections = createRedisConnections({ ...config.redis, log });
  const endRedisTracing = tracer ? traceRedisCommands(tracer) : () => {};
  const reads = createReads(pool);
  const announcements = createAnnouncements({
    publisher: connections.hot,
    subscriber: connections.subscriber,
    log,
    tracer: tracer ?? untraced,
  });
  const definitionCache = createDefinitionCache(connections.hot);

  // Memory and news.
  const listeners: {
    recordedVariants?: RecordedVariants;
    live?: Live;
    definitions?: Definitions;
    assignmentUpdates?: AssignmentUpdates;
    clockwork?: Clockwork;
    metrics?: Metrics;
  } = {};
  const registry = createRegistry({
    definitions: createDefinitionStore(lookUpPool),
    snapshot,
    clock,
    retentionDays,
    onChange(before, after) {
      listeners.live?.experimentChanged(before, after, before === null ? 'CREATED' : after === null ? 'DELETED' : 'CHANGED');
      listeners.definitions?.changed(before, after);
      listeners.assignmentUpdates?.changed(before, after);
      listeners.clockwork?.sync(after?.id);
      listeners.metrics?.experimentChanged(before, after);
    },
    onForgotten: () => listeners.recordedVariants?.clear(),
  });
  const definitions = createDefinitions({ registry });
  listeners.definitions = definitions;
  const live = createLive({ reads, registry, clock, log });
  listeners.live = live;
  const metrics = createInstanceMetrics(config, registry);
  listeners.metrics = metrics;
  const news = toAll(live, metrics.experiments);

  /** Others take a definition from Redis when they hear of it, so it goes there first. */
  function announce(announcement: Announcement): void {
    replica?.noteChange();
    if (announcement.kind !== 'experiment') {
      announcements.announce(announcement);
      return;
    }
    const experiment = registry.byId(announcement.id);
    const kept = experiment ? definitionCache.put(experiment) : definitionCache.remove(announcement.id);
    void kept.then(() => announcements.announce(announcement));
  }
  const announcer = { announce };

  // Use cases.
  const changer = createChanger({ changes: createChanges(pool), registry, news, announcer, clock });
  const keptKeys = createKeptKeys(join(config.dataDir, 'keys.snapshot'), {
    onError: (error) => log.warn({ err: error }, 'The snapshot of the keys could not be written'),
  });
  const keys = createKeys({ reads, changer, announcer, clock, ids, kept: keptKeys });
  const secrets = config.embedded ? keysOf(config.dataDir, config.keys) : config.keys;
  const wantedKeys = wantedKeysOf(secrets);
  const environmentKeys = createEnvironmentKeys({ keys, wanted: wantedKeys, log });
  const exposureCache = createExposureCache(connections.hot);
  const recordedVariants = createRecordedVariants({
    cache: exposureCache,
    recorded: createRecordedExposures(lookUpPool),
  });
  listeners.recordedVariants = recordedVariants;
  // Writers that take different shards of the sums never wait for one another; a clash costs a wait, never a count.
  const shard = randomInt(8) * 2;
  const lanes = [createEventStore(ingestPool, shard), createEventStore(ingestPool, shard + 1)];
  const ingest = tracer && createIngestTracing(tracer);
  const door = createGroupCommit({
    lanes: ingest ? lanes.map(ingest.lane) : lanes,
    rules: registry.rules,
    refresh: registry.refresh,
    meter: metrics.commits,
  });
  const commits = ingest ? ingest.door(door) : door;
  const history = createAllocationHistory({ reads, sha256 });
  const counted = createEvents({ registry, history, commits, clock, sha256, retentionDays, onExposed: recordedVariants.note });
  const events = meterEvents(counted, metrics.events);
  const fallbacks = createFallbackLog(log);
  const decided = createAssignments({
    registry,
    recordedVariants,
    events,
    clock,
    ids,
    sha256,
    onFallback(experimentKey, cause) {
      fallbacks.note(experimentKey, cause);
      metrics.experiments.fellBack(experimentKey, cause);
    },
    meter: metrics.assignments,
  });
  const assignments = tracer ? traceAssignments(decided, tracer, registry) : decided;
  const assignmentUpdates = createAssignmentUpdates({ assignments });
  listeners.assignmentUpdates = assignmentUpdates;
  const experiments = createExperiments({ changer, ids, scheduleFault });
  const experimentChecks = createExperimentChecks({ registry, recordedVariants, scheduleFault, sha256, clock });
  const forget = createForget({
    changer,
    store: createForgetStore(jobPool),
    copies: exposureCache,
    experimentIds: () => registry.all().map(({ id }) => id),
    dropMemory: recordedVariants.clear,
    announcer,
    ids,
  });
  const lifecycle = createLifecycle({ changer });
  const allocations = createAllocations({ changer });
  const evaluations = createEvaluations({ changer });
  // What people look at, and nothing is decided by.
  const shownReads = replica ? createReads(pool, replica) : reads;
  const seriesReads = createSeriesReads(replica?.sql ?? pool);
  const series = createSeries({ reads: seriesReads, clock });
  const reports = createReports({ reads: shownReads, series: seriesReads, clock });
  const services = {
    registry,
    reads: shownReads,
    live,
    definitions,
    assignments,
    assignmentUpdates,
    events,
    experiments,
    experimentChecks,
    forget,
    lifecycle,
    allocations,
    evaluations,
    series,
    reports,
    outbox: createOutbox(pool),
    validations: createValidations({ reads: createValidationReads(replica?.sql ?? pool), clock }),
    keys,
  };

  const outbox = createOutbox(jobPool);
  const sweeps = createSweeps(jobPool);
  const queueClient = connections.openQueueClient();
  const clockwork = createClockwork({
    connection: queueClient,
    changer: createChanger({ changes: createChanges(jobPool), registry, news, announcer, clock }),
    registry,
    sweeps,
    locks: createLocks(connections.hot),
    clock,
    retentionDays,
    webhooks: createWebhooks({ endpoints: config.webhooks, outbox, post, clock, random: Math.random, log }),
    dailyReports: createDailyReports({ reports, registry, outbox, sweeps, clock, hour: config.reportHour }),
    runsJobs: config.role !== 'api',
    log,
    tracer: tracer ?? untraced,
    meter: { ...metrics.jobs, ...metrics.queue, scored: metrics.scored },
  });
  listeners.clockwork = clockwork;
  const pools = { reads: pool, ingest: ingestPool, lookup: lookUpPool, jobs: jobPool };
  observe(metrics, {
    config,
    pools,
    cache: connections.probe,
    queue: queueClient,
    registry,
    commits: door,
    clockwork,
    sweeps,
    outbox,
    reads,
  });
  const readMetrics = first ? joinFleet(first, metrics.snapshot) : metrics.text;

  // News from other instances.
  announcements.subscribe((announcement) => {
    live.hint(announcement);
    if (announcement.kind === 'keys') keys.forget();
    if (announcement.kind === 'forgotten') registry.refresh().catch(() => {});
    if (announcement.kind === 'experiment') void takeOver(announcement.id, announcement.version).catch(() => {});
  });
  announcements.onReconnect(() => {
    registry.refresh().catch(() => {});
    live.lookAgain();
    clockwork.sync();
  });

  async function takeOver(id: string, version: number): Promise<void> {
    const experiment = await definitionCache.get(id, version);
    if (experiment) registry.adopt(experiment);
    else await registry.refresh();
  }

  let http: HttpServer | null = null;
  let metricsServer: MetricsServer | null = null;

  /** The edge for programs; a worker has it for its health alone, which costs nothing more. */
  async function listen(): Promise<string> {
    const graphql = await createGraphqlServer({
      schema: createSchema(),
      log,
      introspection: config.introspection,
      tracer,
      meter: { ...metrics.requests, ...metrics.sockets },
    });
    const isAllowedOrigin = createOriginRule({
      listed: config.origins ?? [],
      localhost: config.embedded && config.origins === null,
      serverHost: config.host,
    });
    http = createHttpServer({
      graphql,
      services,
      keys,
      isAllowedOrigin,
      crawlerSignal: config.crawlerSignal,
      ready: () => ({
        ok: registry.asOf() !== null,
        role: config.role,
        definitionsAsOf: registry.asOf()?.toISOString() ?? null,
        definitionsFrom: registry.source(),
      }),
      dashboard: config.role === 'worker' ? null : builtDashboard(),
      startPage: () => startPageOf(config),
      graphiql: config.introspection,
      drainMs: config.drainSeconds * 1_000,
      log,
      tracer,
      meters: metrics,
      readMetrics: config.metricsPort === null ? readMetrics : null,
    });
    return http.listen(config);
  }

  /** Fills memory from the stores, or from the snapshot when they stay away; the look every few seconds goes on either way. */
  async function learn(): Promise<void> {
    const until = Date.now() + patienceMs;
    while (!signal.aborted) {
      try {
        await registry.refresh();
        return progress(`Definitions: ${registry.all().length} experiments`);
      } catch (error) {
        if (Date.now() >= until) {
          log.error({ err: error }, 'The stores stay away');
          const [restored] = await Promise.all([registry.restore(), keys.restore()]);
          return progress(
            restored ? 'Definitions: from the snapshot, for the stores are away' : 'Definitions: none yet, for the stores are away',
          );
        }
        await delay(250, undefined, { signal }).catch(() => {});
      }
    }
  }

  return {
    async start() {
      // First of all: that the start waits for a store is to be seen. The port of processes that share one is the first one's.
      const { host, metricsPort } = config;
      if (metricsPort !== null && !first) metricsServer = await listenForMetrics({ host, port: metricsPort, read: readMetrics });
      replica?.start();
      await learn();
      const prepared = Promise.all([environmentKeys.start(), clockwork.prepare()]);
      // Tried again by themselves; while the stores are away nobody waits for them.
      if (registry.source() === 'stores') await prepared;
      clockwork.start();
      const address = await listen();
      const keysShown = config.embedded ? wantedKeys.map(({ scope, secret }) => [scope, secret] as const) : [];
      const metricsAt = metricsServer ? [['Metrics', metricsServer.url] as const] : [];
      return { addresses: [...addressesOf(config, address), ...metricsAt], keys: keysShown };
    },
    async stop() {
      // Requests under way end first, then what they stand on.
      await http?.close();
      // Not before: a stream that completes tells its client not to come back.
      live.stop();
      definitions.stop();
      assignmentUpdates.stop();
      await Promise.all([commits.close(), clockwork.stop(), environmentKeys.stop()]);
      await Promise.all([snapshot.flush(), keptKeys.flush()]);
      await metricsServer?.close();
      metrics.stop();
      await connections.close();
      endRedisTracing();
      await replica?.stop();
      await Promise.all([pool, ingestPool, lookUpPool, jobPool].map((each) => each.end()));
    },
  };
}
