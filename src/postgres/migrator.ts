/** Runs the migrations at start, and goes on trying where the database does not answer yet. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Tracer, untraced } from '../services/tracer.js';
import { type MigrationReport, migrate } from './migrate.js';

export interface MigratorLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Migrator {
  /**
   * Attempts until one succeeds or the time is over; after that the attempts go on behind the caller's back.
   * @returns the report, or null when the database did not answer in time
   * @throws when the database answers and a migration fails
   */
  within(timeoutMs: number, signal: AbortSignal): Promise<MigrationReport | null>;
  /** Ends the attempts. */
  stop(): Promise<void>;
}

const pauseMs = 1_000;
/** One line in so many attempts. */
const sayEvery = 10;

/** Refused or lost connections and a server that starts or ends (57P*, 08*), as against a server that says no. */
function isAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|57P0|08)/.test(code) ||
    /timeout expired|Connection terminated/.test(message)
  );
}

/** @param url connection string of the database */
export function createMigrator(url: string, log: MigratorLog, tracer: Tracer = untraced): Migrator {
  const stopping = new AbortController();

  async function once(): Promise<MigrationReport> {
    const report = await tracer.span('migrate', { parent: {} }, async (span) => {
      const done = await migrate(url);
      span?.set('bellwether.migrations.applied', done.applied.length);
      return done;
    });
    for (const warning of report.warnings) log.warn({}, warning);
    if (report.applied.length > 0) log.info({ applied: report.applied }, 'Migrations applied');
    return report;
  }

  /** Attempts until it succeeds, fails for good, or is called off (null). */
  async function attempt(signal: AbortSignal): Promise<MigrationReport | null> {
    for (let failures = 0; ; failures++) {
      try {
        return await once();
      } catch (error) {
        if (!isAway(error)) throw error;
        if (failures % sayEvery === 0) log.warn({ err: error }, 'The database does not answer');
      }
      if (!signal.aborted) await delay(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return null;
    }
  }

  return {
    async within(timeoutMs, signal) {
      // One controller by hand: AbortSignal.any loses its timeout to the garbage collector in Node 20.
      const enough = new AbortController();
      const abort = () => enough.abort();
      const timer = setTimeout(abort, timeoutMs);
      for (const other of [signal, stopping.signal]) other.addEventListener('abort', abort, { once: true });
      const report = await attempt(enough.signal);
      clearTimeout(timer);
      if (report === null && !signal.aborted) {
        attempt(stopping.signal).catch((error: unknown) => log.error({ err: error }, 'The database is back, and its migrations fail'));
      }
      return report;
    },
    async stop() {
      stopping.abort();
    },
  };
}
