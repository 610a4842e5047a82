import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { prepare } from '../../scripts/prepare.mjs';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// What is shipped, which starts in half the time of its sources; up to date also where a single file of tests is run.
const entry = resolve('dist/cli/bellwether.js');
await prepare(() => {});

interface Surroundings {
  readonly cwd: string;
  /** Nothing else of the environment but the path is passed on. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command as a shell would. */
export function startBellwether(args: readonly string[], { cwd, env = {} }: Surroundings): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [entry, ...args], { cwd, env: { PATH: process.env.PATH, ...env } });
}

/** Runs the command to its end. */
export function runBellwether(
  args: readonly string[],
  { stdin = '', ...surroundings }: Surroundings & { readonly stdin?: string },
): Promise<Ran> {
  return new Promise((done) => {
    const child = startBellwether(args, surroundings);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('close', (code) => done({ code, stdout, stderr }));
    child.stdin.end(stdin);
  });
}
