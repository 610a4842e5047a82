/** Starts servers as processes of their own, pinned to cores, so that their CPU time is theirs alone. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface LaunchOptions {
  /** What Node runs, from the root of the checkout; a `.ts` file is run by tsx. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly nodeOptions?: readonly string[];
  /** As `taskset -c` reads them. */
  readonly cores: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Launched {
  readonly pid: number;
  /** The first address that it printed, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Ends it by SIGTERM and waits until it is gone. */
  stop(): Promise<void>;
}

const isTasksetThere = (() => {
  try {
    execFileSync('taskset', ['-c', '-p', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Pins a running process with all its threads; does nothing where there is no taskset. */
export function pin(pid: number, cores: string): void {
  if (isTasksetThere) execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' });
}

/** Resolves once the program has printed an address. @throws with its output when it ends before */
export async function launch({ script, args = [], nodeOptions = [], cores, env = {} }: LaunchOptions): Promise<Launched> {
  const loader = script.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const node = [process.execPath, ...loader, ...nodeOptions, script, ...args];
  const [program = '', ...rest] = isTasksetThere ? ['taskset', '-c', cores, ...node] : node;
  const child = spawn(program, rest, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  return { pid: child.pid ?? 0, url: await addressOf(child), stop: () => stop(child) };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        // All of it until it runs; then only the end, which tells why it ended.
        output = `${output}${text}`.slice(-100_000);
        const address = /http:\/\/[\d.]+:\d+/.exec(output)?.[0];
        if (address) resolve(address);
      });
    }
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`${child.spawnargs.join(' ')} ended (${signal ?? code}):\n${output}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
