/**
 * A store's server process. It is started in a process group of its own, so that a Ctrl-C meant for us does not reach it before
 * we have finished with it, and it outlives us when we are killed: the next start adopts it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, asAccount } from './account.js';
import { lookUp, sendSignal, systemPath } from './process-table.js';

export interface StoreProcess {
  readonly pid: number;
  /** Resolves when the process is gone, with a few words on how; never rejects. */
  readonly exited: Promise<string>;
}

export interface LaunchSpec {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly account: Account | null;
  readonly env?: NodeJS.ProcessEnv;
  /** Gets both outputs: a pipe to us would break when we are killed. Started anew past 20 MB. */
  readonly logFile: string;
}

const maxLogBytes = 20_000_000;

/** Starts the process; `exited` resolves at once when the program cannot be run. */
export function launch({ program, args, cwd, account, env, logFile }: LaunchSpec): StoreProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    // Root today, its owner tomorrow: both must be able to write it.
    if (account) fchownSync(log, account.uid, account.gid);
    if (statSync(logFile).size > maxLogBytes) truncateSync(logFile);
    const child = spawn(program, args, {
      ...asAccount(account),
      cwd,
      env: { ...systemPath, LC_ALL: 'C', TZ: 'UTC', ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    // Both are listened to: a program that cannot be run gives `error` alone, and an unheard one ends us.
    const exited = Promise.race([
      once(child, 'exit').then(([code, signal]) => (signal ? `killed by ${signal}` : `exit code ${code}`)),
      new Promise<string>((resolve) => child.on('error', (error) => resolve(error.message))),
    ]);
    child.unref();
    return { pid: child.pid ?? 0, exited };
  } finally {
    closeSync(log);
  }
}

/** A living process that somebody else started, watched by looking every 250 ms. */
export function adopt(pid: number): StoreProcess {
  const startedAt = lookUp(pid)?.startedAt;
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (startedAt !== undefined && lookUp(pid)?.startedAt === startedAt) return;
      clearInterval(timer);
      resolve('gone');
    }, 250);
    timer.unref();
  });
  return { pid, exited };
}

/** Asks ever less politely until the process is gone. Each step is a signal and how long to wait for it to work. */
export async function terminate(process: StoreProcess, steps: readonly (readonly [NodeJS.Signals, number])[]): Promise<void> {
  for (const [signal, waitMs] of steps) {
    sendSignal(process.pid, signal);
    if (await isGoneWithin(process.pid, waitMs)) return;
  }
}

/** Whether the process is gone before the time is over. Looks, as an adopted process sends no event. */
export async function isGoneWithin(pid: number, waitMs: number): Promise<boolean> {
  const end = Date.now() + waitMs;
  for (let pauseMs = 5; lookUp(pid); pauseMs = Math.min(pauseMs * 2, 50)) {
    if (Date.now() >= end) return false;
    await delay(pauseMs);
  }
  return true;
}

/** The last lines of a log, for an error message. */
export function tailOf(logFile: string, lines = 8): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
