/**
 * The composition root: builds every part of one instance, joins them, and gives back how to start and stop the whole.
 * What is opened is closed in reverse.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type pg from 'pg';
import type { Started } from './banner.js';
import type { ReadyConfig } from './config.js';
import { createEdge } from './edge.js';
import { keysOf } from './embedded/keys-file.js';
import { createExchange } from './exchange.js';
import { listenForMetrics, type MetricsServer } from './http/metrics.js';
import { post } from './http/post.js';
import type { HttpServer } from './http/server.js';
import { createIntake } from './intake.js';
import { learn } from './learn.js';
import { createInstanceMetrics, observe, toAll } from './observe.js';
import { addressesOf } from './places.js';
import { createChanges } from './postgres/changes.js';
import { createDefinitionStore } from './postgres/definitions.js';
import { createRecordedExposures } from './postgres/exposures.js';
import { createForgetStore } from './postgres/forget.js';
import { createOutbox } from './postgres/outbox.js';
import { createReads } from './postgres/reads.js';
import { createSeriesReads } from './postgres/series.js';
import { createKeptKeys, createSnapshotFile } from './postgres/snapshot.js';
import { createSweeps } from './postgres/sweeps.js';
import { createValidationReads } from './postgres/validation.js';
import { type Clockwork, createClockwork } from './queue/clockwork.js';
import { checkRedisUrls, RedisAway } from './redis/check.js';
import { createExposureCache } from './redis/exposure-cache.js';
import { createLocks } from './redis/locks.js';
import { readSchedule } from './schedule/schedules.js';
import { createAllocations } from './services/allocations.js';
import { type AssignmentUpdates, createAssignmentUpdates } from './services/assignment-updates.js';
import { createAssignments } from './services/assignments.js';
import { createChanger } from './services/change.js';
import { createDailyReports } from './services/daily-reports.js';
import { createDefinitions, type Definitions } from './services/definitions.js';
import { createEnvironmentKeys, wantedKeysOf } from './services/environment-keys.js';
import { createEvaluations } from './services/evaluations.js';
import { createExperimentChecks } from './services/experiment-check.js';
import { createExperiments } from './services/experiments.js';
import { createForget } from './services/forget.js';
import { createKeys } from './services/keys.js';
import { createLifecycle } from './services/lifecycle.js';
import { createLive, type Live } from './services/live.js';
import { createRecordedVariants, type RecordedVariants } from './services/recorded-variants.js';
import { createRegistry } from './services/registry.js';
import { createReports } from './services/reports.js';
import { createSeries } from './services/series.js';
import { sha256 } from './services/sha256.js';
import { type Tracer, untraced } from './services/tracer.js';
import { createValidations } from './services/validation.js';
import { createWebhooks } from './services/webhooks.js';
import { openStoreConnections } from './store-connections.js';
import { createFallbackLog } from './telemetry/fallbacks.js';
import type { Log } from './telemetry/log.js';
import { joinFleet, type Peer } from './telemetry/metrics/fleet.js';
import type { Metrics } from './telemetry/metrics/metrics.js';
import { traceAssignments } from './telemetry/tracing/assignments.js';

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

  const connections = openStoreConnections(config, { log, tracer });
  const { pools, replica, redis } = connections;
  const reads = createReads(pools.reads);

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
    definitions: createDefinitionStore(pools.lookup),
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

  const { announcer, follow } = createExchange({ redis, registry, log, tracer: tracer ?? untraced });

  // Use cases.
  const changes = createChanges(pools.reads, replica?.readToDecide);
  const changer = createChanger({ changes: replica?.noting(changes) ?? changes, registry, news, announcer, clock });
  const keptKeys = createKeptKeys(join(config.dataDir, 'keys.snapshot'), {
    onError: (error) => log.warn({ err: error }, 'The snapshot of the keys could not be written'),
  });
  const keys = createKeys({ reads, changer, announcer, clock, ids, kept: keptKeys });
  const secrets = config.embedded ? keysOf(config.dataDir, config.keys) : config.keys;
  const wantedKeys = wantedKeysOf(secrets);
  const environmentKeys = createEnvironmentKeys({ keys, wanted: wantedKeys, log });
  const exposureCache = createExposureCache(redis.hot);
  const recordedVariants = createRecordedVariants({
    cache: exposureCache,
    recorded: createRecordedExposures(pools.lookup),
  });
  listeners.recordedVariants = recordedVariants;
  const { events, commits } = createIntake({
    pools,
    reads,
    registry,
    metrics,
    tracer,
    clock,
    retentionDays,
    onExposed: recordedVariants.note,
  });
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
  const experiments = createExperiments({ changer, ids, readSchedule, retentionDays });
  const validations = createValidations({ reads: createValidationReads(replica?.sql ?? pools.reads), clock });
  const experimentChecks = createExperimentChecks({ registry, recordedVariants, validations, readSchedule, retentionDays, sha256, clock });
  const forget = createForget({
    changer,
    store: createForgetStore(pools.jobs),
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
  const shownReads = replica ? createReads(pools.reads, replica) : reads;
  const seriesReads = createSeriesReads(replica?.sql ?? pools.reads);
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
    outbox: createOutbox(pools.reads),
    validations,
    keys,
  };

  const outbox = createOutbox(pools.jobs);
  /** The way of what works by the clock into the store. */
  const workBy = (pool: pg.Pool) => ({
    changer: createChanger({ changes: createChanges(pool, replica?.readToDecide), registry, news, announcer, clock }),
    sweeps: createSweeps(pool, replica?.readToDecide),
  });
  const work = workBy(pools.jobs);
  const queueClient = redis.openQueueClient();
  const clockwork = await createClockwork({
    connection: queueClient,
    ...work,
    watch: workBy(pools.guardrails),
    registry,
    locks: createLocks(redis.hot),
    clock,
    retentionDays,
    webhooks: createWebhooks({ endpoints: config.webhooks, outbox, post, clock, random: Math.random, log }),
    dailyReports: createDailyReports({ reports, registry, outbox, sweeps: work.sweeps, clock, hour: config.reportHour }),
    runsJobs: config.role !== 'api',
    log,
    tracer: tracer ?? untraced,
    meter: { ...metrics.jobs, ...metrics.queue, scored: metrics.scored },
  });
  listeners.clockwork = clockwork;
  observe(metrics, {
    config,
    pools,
    replica,
    cache: redis.probe,
    queue: queueClient,
    registry,
    commits,
    clockwork,
    sweeps: work.sweeps,
    outbox,
    reads,
  });
  const readMetrics = first ? joinFleet(first, metrics.snapshot) : metrics.text;

  follow({ live, keys, clockwork });

  let http: HttpServer | null = null;
  let metricsServer: MetricsServer | null = null;

  return {
    async start() {
      // First of all: that the start waits for a store is to be seen. The port of processes that share one is the first one's.
      const { host, metricsPort } = config;
      if (metricsPort !== null && !first) metricsServer = await listenForMetrics({ host, port: metricsPort, read: readMetrics });
      replica?.start();
      await learn({ registry, keys, patienceMs, log, progress, signal });
      const prepared = Promise.all([environmentKeys.start(), clockwork.prepare()]);
      // Tried again by themselves; while the stores are away nobody waits for them.
      if (registry.source() === 'stores') await prepared;
      clockwork.start();
      http = await createEdge({ config, services, keys, registry, metrics, readMetrics, log, tracer });
      const address = await http.listen(config);
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
    },
  };
}
