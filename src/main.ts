/**
 * Starts the role that the environment names and stops on a signal.
 *
 * States: starting (stores, migrations, service) -> running -> stopping -> ended. A signal or a fault leads from each of the
 * first two to stopping; what was opened is closed in reverse. A second signal ends everything at once.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { banner, help, type Started } from './banner.js';
import { type Config, ConfigError, readConfig } from './config.js';
import { type Stores, startStores } from './embedded/stores.js';
import { createMigrator } from './postgres/migrator.js';
import { createLog, type Log } from './telemetry/log.js';
import { createWorkers, isWorker } from './workers.js';

/** From the signal to the end of everything, at the most. Stores that still run then are ended hard, which loses nothing. */
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
  /** Takes what ends the stores at once. */
  readonly onKill: (kill: () => void) => void;
}

/** Runs until a signal; ends the process. @param args what stood behind `npm start --` */
export async function main(args: readonly string[]): Promise<void> {
  const [command = 'serve', ...rest] = args;
  if (command === '--help' || command === '-h' || command === 'help') {
    console.log(help());
    return;
  }
  if ((command !== 'serve' && command !== 'migrate') || rest.length > 0) {
    console.error(`Unknown arguments: ${args.join(' ')}. Try "npm start -- --help".`);
    process.exitCode = 2;
    return;
  }
  const config = configOrNull();
  if (!config) {
    process.exitCode = 2;
    return;
  }
  const service = config.workers > 1 && !isWorker ? serveByWorkers : serve;
  await live(config, command === 'migrate' ? runMigrations : service);
}

function configOrNull(): Config | null {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return null;
  }
}

/** Does the work and then waits for the end of it; every way out of here closes what was opened. */
async function live(config: Config, work: (run: Run) => Promise<'stay' | 'done'>): Promise<void> {
  // A person watches a terminal or an embedded instance; a container's lines are read by programs.
  const forPeople = config.embedded || config.redis === null || process.stdout.isTTY;
  const readable = forPeople ? (line: string) => console.error(`  ${line}`) : undefined;
  const log = createLog({ level: config.logLevel, file: forPeople ? join(config.dataDir, 'bellwether.log') : null, readable });
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
    const hard = setTimeout(() => {
      log.error('Not everything stopped in time; ending it hard');
      kill();
      process.exit(exitCode || 1);
    }, stopWithinMs);
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

async function runMigrations(run: Run): Promise<'done'> {
  const stores = await openStores(run, false);
  const migrator = createMigrator(run.config.databaseUrl ?? stores.databaseUrl ?? '', run.log);
  const { applied } = await migrator.once();
  run.say(applied.length === 0 ? 'The database was up to date.' : `Applied ${applied.join(', ')}.`);
  return 'done';
}

/** Each worker runs {@link serve}; this process hands connections round. */
async function serveByWorkers({ config, log, onClose, onKill }: Run): Promise<'stay'> {
  const workers = createWorkers({ count: config.workers, entry: import.meta.filename, log });
  onClose(workers.stop);
  onKill(workers.kill);
  await workers.start();
  return 'stay';
}

async function serve(run: Run): Promise<'stay'> {
  const { config, log, say, forPeople, ending, onClose } = run;
  const from = performance.now();
  say(`Bellwether starts (${config.role}); data in ${config.dataDir}`);
  // Loading the code takes about as long as starting the stores: both at once.
  const loading = import('./compose.js');
  loading.catch(() => {});
  const stores = await openStores(run, config.redis === null);
  const databaseUrl = config.databaseUrl ?? stores.databaseUrl ?? '';
  const redisUrl = stores.redisUrl ?? '';
  const migrator = createMigrator(databaseUrl, log);
  onClose(migrator.stop);
  const report = await migrator.within(storesPatienceMs, ending);
  if (report) say(`  Migrations: ${report.applied.length === 0 ? 'up to date' : `applied ${report.applied.join(', ')}`}`);
  else say('  Migrations: the database does not answer; trying again until it does');
  ending.throwIfAborted();
  const { compose } = await loading;
  const ready = { ...config, databaseUrl, redis: config.redis ?? { queueUrl: redisUrl, cacheUrl: redisUrl } };
  const service = await compose(ready, {
    log,
    progress: (line: string) => say(`  ${line}`),
    signal: ending,
    patienceMs: report ? storesPatienceMs : 0,
  });
  onClose(service.stop);
  const started: Started = await service.start();
  log.info({ addresses: Object.fromEntries(started.addresses), role: config.role }, 'Ready');
  if (forPeople && !ending.aborted) say(banner(started, performance.now() - from));
  return 'stay';
}

// Run directly, as in the image, where nothing has to be prepared.
if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
