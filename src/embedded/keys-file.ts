/** Secrets of the first keys of an embedded instance: made once, kept for the owner's eyes in the data folder, so that a start can show them again. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Secrets {
  readonly admin: string | null;
  readonly read: string | null;
  readonly server: string | null;
  readonly client: string | null;
}

const members = ['admin', 'read', 'server', 'client'] as const;

export const keysFileOf = (dataDir: string): string => join(dataDir, 'keys.json');

/** The kept secrets; those that the environment gives take their place and are not kept. */
export function keysOf(dataDir: string, given: Secrets): Record<(typeof members)[number], string> {
  const path = keysFileOf(dataDir);
  const kept = readKept(path);
  const made = Object.fromEntries(members.map((member) => [member, kept[member] ?? `bw_${randomBytes(32).toString('base64url')}`]));
  if (members.some((member) => kept[member] === undefined)) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  }
  const secrets = members.map((member) => [member, given[member] ?? made[member]]);
  return Object.fromEntries(secrets) as Record<(typeof members)[number], string>;
}

/** What the file holds; nothing when it is not there or not ours. */
export function readKept(path: string): Partial<Record<(typeof members)[number], string>> {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).filter(([name, secret]) => members.includes(name as never) && typeof secret === 'string'),
    );
  } catch {
    return {};
  }
}
