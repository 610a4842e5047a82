/** The service as people start it: a process group of its own, watched through its output and its addresses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Launched {
  /** Everything printed so far. */
  readonly output: () => string;
  /** Waits until the pattern has been printed. @throws when it ends before */
  printed(pattern: RegExp): Promise<void>;
  /** Where it listens; only once it is ready. */
  readonly address: string;
  /** Secret of the ADMIN key that it printed; '' when it printed none. */
  readonly adminKey: string;
  /** Signals the first process alone, or with all that it started (its group), as a terminal does. */
  signal(name: NodeJS.Signals, whom: 'process' | 'group'): void;
  /** Exit code, or null when a signal ended it, and how long that took. */
  readonly ended: Promise<{ readonly code: number | null }>;
}

export interface LaunchOptions {
  readonly dataDir: string;
  readonly command?: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
}

function begin({ dataDir, command = [process.execPath, 'scripts/start.mjs'], env }: LaunchOptions) {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', BELLWETHER_DATA_DIR: dataDir, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('printed');
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null }));
  return { child, output: () => output, ended };
}

/** Runs it to its end. */
export async function runToEnd(options: LaunchOptions): Promise<{ readonly code: number | null; readonly output: string }> {
  const { output, ended } = begin(options);
  return { ...(await ended), output: output() };
}

/** Resolves when it says that it runs. @throws with the output when it ends before */
export async function launchService(options: LaunchOptions): Promise<Launched> {
  const { child, output, ended } = begin(options);
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(output())) resolve();
      };
      child.on('printed' as 'message', look);
      look();
      void ended.then(({ code }) => reject(new Error(`Ended with ${code}:\n${output()}`)));
    });
  // For people a banner, for programs a line of the log.
  await printed(/Ctrl-C stops everything|"msg":"Ready"/);
  return {
    output,
    printed,
    address: /(http:\/\/[^\s"/]+)\/graphql/.exec(output())?.[1] ?? '',
    adminKey: /ADMIN\s+(\S+)/.exec(output())?.[1] ?? '',
    signal: (name, whom) => signalTo(child, name, whom),
    ended,
  };
}

function signalTo(child: ChildProcess, name: NodeJS.Signals, whom: 'process' | 'group'): void {
  if (!child.pid) throw new Error('It was never started.');
  // Once it has ended, its number is anybody's.
  if (child.exitCode === null && child.signalCode === null) process.kill(whom === 'group' ? -child.pid : child.pid, name);
}
