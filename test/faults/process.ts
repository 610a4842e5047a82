/** One instance of the service as a process of its own, which can be killed; stores and keys come with its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = new URL('../../dist/main.js', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly data: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly errors: readonly any[] | undefined;
  readonly tookMs: number;
}

export interface Instance {
  readonly pid: number;
  /** Where it listens. */
  readonly url: string;
  /** Time from its launch to its readiness. */
  readonly startedInMs: number;
  /** Everything logged so far, a line an entry. */
  readonly log: readonly string[];
  /** Sends an operation. @throws when the connection breaks */
  send(query: string, variables?: object, scope?: Scope): Promise<Answer>;
  /** The data of an operation that must be answered without errors. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  ask(query: string, variables?: object, scope?: Scope): Promise<any>;
  signal(name: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
}

export type Scope = 'ADMIN' | 'READ' | 'CLIENT';

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The instances of one test file. */
export function createInstances() {
  const running = new Set<ChildProcess>();
  let isOver = false;

  return {
    /**
     * Starts one and waits until it is ready.
     *
     * @param env as `makeEnvironment()` gives, with a role
     * @throws with its log when it ends before
     */
    async startInstance(env: Readonly<Record<string, string>>): Promise<Instance> {
      // A test that failed may still be about to start one, which nobody would end.
      if (isOver) throw new Error('The tests of this file are over.');
      return start(env, running);
    },
    /** Kills those that still run; nothing starts after it. For the end of a test file. */
    async killAll(): Promise<void> {
      isOver = true;
      await Promise.all([...running].map(kill));
    },
  };
}

async function start(env: Readonly<Record<string, string>>, running: Set<ChildProcess>): Promise<Instance> {
  const from = performance.now();
  const program = `const { main } = await import(${JSON.stringify(entry)}); await main([]);`;
  const child = spawn(process.execPath, ['--enable-source-maps', '--input-type=module', '--eval', program], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env, LOG_LEVEL: 'info' },
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const onLine = (line: string) => {
      log.push(line);
      const address = readyAddress(line);
      if (address) resolve(address);
    };
    for (const stream of [child.stdout, child.stderr]) readLines(stream, onLine);
    child.on('exit', (code, signal) => reject(new Error(`The instance ended (${signal ?? code}):\n${log.join('\n')}`)));
  });

  async function send(query: string, variables: object = {}, scope: Scope = 'ADMIN'): Promise<Answer> {
    const sentAt = performance.now();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${env[`BELLWETHER_${scope}_KEY`]}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
    return { status: response.status, headers: response.headers, data, errors, tookMs: performance.now() - sentAt };
  }

  return {
    pid: child.pid ?? 0,
    url,
    startedInMs: performance.now() - from,
    log,
    send,
    async ask(query, variables, scope) {
      const { data, errors } = await send(query, variables, scope);
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    signal: (name) => void child.kill(name),
    kill: () => kill(child),
  };
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

/** Where it listens, from the log line that says that it is ready. */
function readyAddress(line: string): string | null {
  if (!line.includes('"Ready"')) return null;
  const { addresses } = JSON.parse(line) as { addresses: Record<string, string> };
  return new URL(Object.values(addresses)[0] ?? '').origin;
}
