/**
 * Starts the role that the environment names and stops on a signal.
 *
 * States: starting (stores, migrations, service) -> running -> stopping -> ended. A signal or a fault leads from each of the
 * first two to stopping; what was opened is closed in reverse. A second signal ends everything at once.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { banner, help, type Started } from './banner.js';
import { type Config, ConfigError, type Role, readConfig } from './config.js';
import { type Stores, startStores } from './embedded/stores.js';
import { createMigrator } from './postgres/migrator.js';
import { type Tracer, untraced } from './services/tracer.js';
import { createLog, type Log } from './telemetry/log.js';
import { startTracing, type Tracing } from './telemetry/tracing/start.js';
import { createWorkers, isWorker } from './workers.js';

/** From the signal, or the end of the drain, to the end of everything, at the most. Stores that still run then are ended hard, which loses nothing. */
const stopWithinMs = 4_500;
/** How long a start waits for given stores before it goes on with what it has. */
const storesPatienceMs = 10_000;
/** How long a start that was called off may take to notice. */
const callOffMs = 1_500;
/** npm hands on a Ctrl-C that the terminal has given us already: twins that close are one signal. */
const twinMs = 1_000;
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Run {
  readonly config: Config;
  readonly log: Log;
  /** One line for the person at the terminal, or for the log where there is none. */
  readonly say: (line: string) => void;
  /** Whether a person watches. */
  readonly forPeople: boolean;
  /** Fires when the run is to end. */
  readonly ending: AbortSignal;
  /** Takes what closes the thing just opened. */
  readonly onClose: (close: () => Promise<void>) => void;
  /** Takes what tells the log where it is in a trace. */
  readonly onTracing: (tracing: Tracing) => void;
  /** Takes what ends the stores at once. */
  readonly onKill: (kill: () => void) => void;
}

/** What can stand behind `npm start --`, and the role that it names. */
const commands: Readonly<Record<string, Role | null>> = { serve: null, api: 'api', worker: 'worker', migrate: null };

/** Runs until a signal; ends the process. @param args what stood behind `npm start --` */
export async function main(args: readonly string[]): Promise<void> {
  const [command = 'serve', ...rest] = args;
  if (command === 'help' || args.includes('--help') || args.includes('-h')) {
    console.log(help());
    return;
  }
  if (!Object.hasOwn(commands, command) || rest.length > 0) {
    console.error(`Unknown arguments: ${args.join(' ')}. Try "npm start -- --help".`);
    process.exitCode = 2;
    return;
  }
  const config = configOrNull(commands[command] ?? null);
  if (!config) {
    process.exitCode = 2;
    return;
  }
  const service = config.workers > 1 && !isWorker ? serveByWorkers : serve;
  await live(config, command === 'migrate' ? runMigrations : service);
}

function configOrNull(role: Role | null): Config | null {
  try {
    return readConfig(undefined, role);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return null;
  }
}

/** Does the work and then waits for the end of it; every way out of here closes what was opened. */
async function live(config: Config, work: (run: Run) => Promise<'stay' | 'done'>): Promise<void> {
  // A person watches a terminal or an embedded instance; a container's lines are read by programs.
  const forPeople = config.embedded || (config.redis === null && work !== runMigrations) || process.stdout.isTTY;
  const readable = forPeople ? (line: string) => console.error(`  ${line}`) : undefined;
  let tracing: Tracing | null = null;
  const log = createLog({
    level: config.logLevel,
    file: forPeople ? join(config.dataDir, 'bellwether.log') : null,
    readable,
    fields: config.tracing ? () => tracing?.logFields() ?? {} : undefined,
  });
  const say = forPeople ? (line: string) => console.log(line) : (line: string) => log.info(line.trim());
  const ending = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  let kill = () => {};
  let working: Promise<unknown> = Promise.resolve();
  let endingSince = 0;

  const end = async (exitCode: number) => {
    if (endingSince > 0) return;
    endingSince = Date.now();
    ending.abort();
    const hard = setTimeout(
      () => {
        log.error('Not everything stopped in time; ending it hard');
        kill();
        process.exit(exitCode || 1);
      },
      config.drainSeconds * 1_000 + stopWithinMs,
    );
    // A start under way is called off and mostly ends soon; what it has opened so far is closed in any case.
    await Promise.race([working, delay(callOffMs)]);
    for (const close of closers.reverse())
      await close().catch((error: unknown) => log.error({ err: error }, 'A part did not stop cleanly'));
    clearTimeout(hard);
    process.exit(exitCode);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (endingSince === 0) {
      say(`\n${signal}: stopping`);
      void end(0);
    } else if (Date.now() - endingSince > twinMs) {
      kill();
      process.exit(1);
    }
  };
  const onFault = (error: unknown) => {
    log.fatal({ err: error }, 'A fault that nobody caught');
    void end(1);
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  process.on('uncaughtException', onFault).on('unhandledRejection', onFault);
  // The terminal may be gone before we are.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const run: Run = {
    config,
    log,
    say,
    forPeople,
    ending: ending.signal,
    onClose: (close) => closers.push(close),
    onTracing: (started) => {
      tracing = started;
    },
    onKill: (now) => {
      kill = now;
    },
  };
  working = work(run).then(
    (then) => {
      if (then === 'done') void end(0);
    },
    (error: unknown) => {
      if (ending.signal.aborted) return;
      log.fatal({ err: error }, 'Could not start');
      void end(1);
    },
  );
}

async function openStores({ config, log, say, ending, onClose, onKill }: Run, redis: boolean): Promise<Stores> {
  const stores = await startStores({
    dataDir: config.dataDir,
    postgres: config.databaseUrl === null,
    redis,
    env: config.systemEnv,
    log,
    progress: (line) => say(`  ${line}`),
    signal: ending,
  });
  onKill(stores.kill);
  onClose(stores.stop);
  ending.throwIfAborted();
  return stores;
}

/** After the stores and before all that is traced: the last spans leave while others still end. @returns null: nothing is traced */
async function openTracing({ config, log, onClose, onTracing }: Run): Promise<Tracer | null> {
  if (config.tracing === null) return null;
  const tracing = await startTracing(config.tracing, log);
  onTracing(tracing);
  onClose(tracing.stop);
  return tracing.tracer;
}

async function runMigrations(run: Run): Promise<'done'> {
  const stores = await openStores(run, false);
  const tracer = await openTracing(run);
  const migrator = createMigrator(run.config.databaseUrl ?? stores.databaseUrl ?? '', run.log, tracer ?? untraced);
  run.onClose(migrator.stop);
  const report = await migrator.within(storesPatienceMs, run.ending);
  run.ending.throwIfAborted();
  if (!report) throw new Error(`The database has not answered within ${storesPatienceMs / 1_000} s.`);
  const { applied } = report;
  run.say(applied.length === 0 ? 'The database was up to date.' : `Applied ${applied.join(', ')}.`);
  return 'done';
}

/** Each worker runs {@link serve}; this process hands connections round. */
async function serveByWorkers({ config, log, onClose, onKill }: Run): Promise<'stay'> {
  const [{ createFleet }, { listenForMetrics }] = await Promise.all([import('./telemetry/metrics/fleet.js'), import('./http/metrics.js')]);
  const fleet = createFleet();
  if (config.metricsPort !== null) {
    const metrics = await listenForMetrics({ host: config.host, port: config.metricsPort, read: fleet.text });
    onClose(metrics.close);
    log.info({ metrics: metrics.url }, 'Metrics of all workers');
  }
  const workers = createWorkers({ count: config.workers, entry: import.meta.filename, args: [config.role], onBegin: fleet.join, log });
  onClose(workers.stop);
  onKill(workers.kill);
  await workers.start();
  return 'stay';
}

async function serve(run: Run): Promise<'stay'> {
  const { config, log, say, forPeople, ending, onClose } = run;
  const from = performance.now();
  say(`Bellwether starts (${config.role}); data in ${config.dataDir}`);
  // Loading the code takes about as long as starting the stores: both at once. The queue's is for those who run jobs.
  const loading = Promise.all([import('./compose.js'), config.role === 'api' ? null : import('./queue/jobs.js')]);
  loading.catch(() => {});
  const stores = await openStores(run, config.redis === null);
  const databaseUrl = config.databaseUrl ?? stores.databaseUrl ?? '';
  const redisUrl = stores.redisUrl ?? '';
  const tracer = await openTracing(run);
  const migrator = createMigrator(databaseUrl, log, tracer ?? untraced);
  onClose(migrator.stop);
  const report = await migrator.within(storesPatienceMs, ending);
  if (report) say(`  Migrations: ${report.applied.length === 0 ? 'up to date' : `applied ${report.applied.join(', ')}`}`);
  else say('  Migrations: the database does not answer; trying again until it does');
  ending.throwIfAborted();
  const [{ compose }] = await loading;
  const ready = { ...config, databaseUrl, redis: config.redis ?? { queueUrl: redisUrl, cacheUrl: redisUrl } };
  const service = await compose(ready, {
    log,
    progress: (line: string) => say(`  ${line}`),
    signal: ending,
    patienceMs: report ? storesPatienceMs : 0,
    tracer,
    first: isWorker ? process : null,
  });
  onClose(service.stop);
  const started: Started = await service.start();
  // Whoever starts it waits for this line, at any level but silent.
  const told = config.logLevel === 'silent' ? log : log.child({}, { level: 'info' });
  told.info({ addresses: Object.fromEntries(started.addresses), role: config.role }, 'Ready');
  if (forPeople && !ending.aborted) say(banner(started, performance.now() - from));
  return 'stay';
}

// Run directly, as in the image, where nothing has to be prepared.
if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
