/** Reads what a PostgreSQL server says of itself in its data folder, and lets go of what a killed one left there. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lookUp, sendSignal } from './process-table.js';
import { isGoneWithin } from './store-process.js';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: 'starting' | 'ready' | 'stopping' | 'unknown';
}

/** The living server of a data folder, from `postmaster.pid`; null when there is none, also when its pid has passed to another program. */
export function livingPostmaster(data: string): Postmaster | null {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
  // Line 1 pid, line 2 folder, line 4 port, line 8 status; the last ones are written as the server comes up.
  const pid = Math.abs(Number(lines[0]));
  const facts = lookUp(pid);
  if (!facts || !/\bpostgres\b/.test(facts.command) || !facts.command.includes(data)) return null;
  const status = lines[7]?.trim();
  return {
    pid,
    port: Number(lines[3]) || 0,
    status: status === 'starting' || status === 'ready' || status === 'stopping' ? status : 'unknown',
  };
}

/** How long a server that is going down, or does not answer, is waited for. */
export const patienceMs = 15_000;

/**
 * Waits until no server lives in the data folder. One that is going down is given time to finish, then pressed;
 * its clients may hold it up for ever otherwise.
 *
 * @throws when it is still there after 15 s
 */
export async function waitUntilFree(data: string, server: Postmaster): Promise<void> {
  if (await isGoneWithin(server.pid, patienceMs / 2)) return;
  sendSignal(server.pid, 'SIGINT');
  if (await isGoneWithin(server.pid, patienceMs / 4)) return;
  sendSignal(server.pid, 'SIGQUIT');
  if (await isGoneWithin(server.pid, patienceMs / 4)) return;
  throw new Error(`A PostgreSQL server (process ${server.pid}) holds ${data} and does not end. End that process and start again.`);
}

/** Removes the pid file of a server that is gone: PostgreSQL itself would not start when the pid has passed to another program. */
export function forgetDeadPostmaster(data: string): void {
  if (!livingPostmaster(data)) rmSync(join(data, 'postmaster.pid'), { force: true });
}
