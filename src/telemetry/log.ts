/** The service's log: JSON lines, one fact a line, secrets blanked. */
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, type Logger, multistream, pino } from 'pino';
import { serializeError } from './log-error.js';

export type Log = Logger;

export interface LogOptions {
  readonly level: string;
  /** File that gets the lines; null: standard output. Kept aside and begun anew when past 20 MB at start. */
  readonly file: string | null;
  /** Gets warnings and worse as short readable lines beside the file, where a person watches. */
  readonly readable?: ((line: string) => void) | undefined;
  /** Members that each line gets beside its own, such as the trace it belongs to. */
  readonly fields?: (() => object) | undefined;
}

const maxFileBytes = 20_000_000;

/** Members that must never be written, wherever they turn up in a line's first levels. */
const secretMembers = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'idempotencyKey',
  'databaseUrl',
  'connectionString',
];
const redact = {
  paths: ['', '*.', '*.*.'].flatMap((prefix) =>
    [...secretMembers.map((name) => `${prefix}${name}`), `${prefix}["set-cookie"]`, `${prefix}["x-api-key"]`].map(tidy),
  ),
  censor: '[hidden]',
};

/** pino writes `a["b"]`, not `a.["b"]`. */
function tidy(path: string): string {
  return path.replace('.[', '[');
}

/** Lines are written at once, not buffered: the last ones before a crash are those that matter. */
export function createLog({ level, file, readable, fields }: LogOptions): Log {
  if (file !== null) keepAside(file);
  const lines = file === null ? destination({ dest: 1, sync: true }) : destination({ dest: file, sync: true, append: true });
  const streams = readable
    ? [
        { level: 'trace' as const, stream: lines },
        { level: 'warn' as const, stream: { write: (line: string) => readable(forPeople(line)) } },
      ]
    : [];
  const options = {
    level,
    redact,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError, error: serializeError },
    // A copy: pino writes the line's own members into it.
    ...(fields && { mixin: () => ({ ...fields() }) }),
  };
  return readable ? pino(options, multistream(streams)) : pino(options, lines);
}

function keepAside(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxFileBytes) renameSync(file, `${file}.1`);
}

function forPeople(line: string): string {
  const { level, msg, err } = JSON.parse(line) as { level: string; msg?: string; err?: { message?: string } };
  const more = err?.message && !msg?.includes(err.message) ? `: ${err.message}` : '';
  return `${level === 'warn' ? 'warning' : level}: ${msg ?? ''}${more}`;
}
