import type { Command } from 'commander';
import { type ApiClient, createClient } from './client.js';
import { createOutput, type Output } from './output.js';
import { type Settings, settingsOf } from './settings.js';

/** What every command works with. */
export interface Session {
  readonly api: ApiClient;
  readonly out: Output;
  readonly settings: Settings;
}

/** Ends the program with a code of its own, after what there was to say. */
export class ExitCode extends Error {
  readonly code: number;

  constructor(code: number, message = '') {
    super(message);
    this.code = code;
  }
}

/** What went wrong in how a command was called: exit code 2. */
export class UsageError extends ExitCode {
  constructor(message: string) {
    super(2, message);
  }
}

/** Exit code of a check that found differences or problems: for pipelines. */
export const differs = 3;

/** @throws UsageError when no key is to be found */
export function sessionOf(command: Command): Session {
  const settings = settingsOf(command.optsWithGlobals<{ url?: string; key?: string; config?: string }>());
  if (settings.key === null) {
    throw new UsageError('No key: give one with --key, BELLWETHER_KEY, or {"key": …} in bellwether.json.');
  }
  return { api: createClient({ url: settings.url, key: settings.key }), out: createOutput(process), settings };
}

/** A number from an option or argument. @throws UsageError */
export function numberOf(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    throw new UsageError(`${name}: received ${JSON.stringify(text)}; expected a number.`);
  };
}

/** JSON of an object from an option. @throws UsageError */
export function objectOf(name: string): (text: string) => Record<string, unknown> {
  return (text) => {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // Said below, as for JSON that is no object.
    }
    throw new UsageError(`${name}: received ${JSON.stringify(text)}; expected a JSON object.`);
  };
}
