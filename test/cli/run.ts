import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const entry = resolve('src/cli/bellwether.ts');
// From this project, wherever the command is run.
const loader = import.meta.resolve('tsx');

interface Surroundings {
  readonly cwd: string;
  /** Nothing else of the environment but the path is passed on. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command as a shell would. */
export function startBellwether(args: readonly string[], { cwd, env = {} }: Surroundings): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', loader, entry, ...args], { cwd, env: { PATH: process.env.PATH, ...env } });
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
