/** The real Prometheus and its checker: from PATH, or fetched as the package of the system without installing it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchDebianPackage } from '../../src/embedded/debian-package.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';

/** Folder of both programs; null: they are not on this machine and cannot be fetched, which is said loudly. */
async function findPrograms(): Promise<string | null> {
  const hasBoth = (folder: string) => ['prometheus', 'promtool'].every((name) => existsSync(join(folder, name)));
  const installed = (process.env.PATH ?? '').split(':').find(hasBoth);
  if (installed) return installed;
  const tree = join(packageDir, 'prometheus-package');
  const folder = join(tree, 'usr/bin');
  try {
    if (!hasBoth(folder)) await fetchInto(tree);
    return folder;
  } catch (error) {
    console.warn(`\n*** No Prometheus: its tests are LEFT OUT. Install it (apt-get install prometheus). ${(error as Error).message} ***\n`);
    return null;
  }
}

/** Test files run side by side: of those that fetch at the same time the first one's tree stays. */
async function fetchInto(tree: string): Promise<void> {
  const own = `${tree}-${process.pid}`;
  await fetchDebianPackage({ names: ['prometheus'], target: own, env: process.env });
  try {
    renameSync(own, tree);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

const programs = await findPrograms();

/** Whether the tests with the real programs can run. */
export const hasPrometheus = programs !== null;

const programAt = (name: string) => join(programs ?? '', name);

/** Runs promtool. @param input what it reads from its standard input */
export function promtool(args: readonly string[], input = ''): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(programAt('promtool'), [...args], { maxBuffer: 16_000_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, output: `${stdout}${stderr}` }),
    );
    child.stdin?.end(input);
  });
}

export interface RunningPrometheus {
  /** Asks its API, e.g. `query?query=up`. @returns `data` of the answer @throws with its words when it refuses */
  // biome-ignore lint/suspicious/noExplicitAny: each question has an answer of its own shape
  ask(question: string): Promise<any>;
  /** Evaluates an expression now. @throws when it cannot be parsed or evaluated */
  query(expression: string): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [atSeconds: number, value: string];
}

/** Starts one in a folder of its own on a free port; resolves once it listens. @param config text of its prometheus.yml */
export async function startPrometheus(config: string): Promise<RunningPrometheus> {
  const folder = makeDataFolder();
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const child = spawn(
    programAt('prometheus'),
    [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--web.listen-address=127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  const lines: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      // It refuses questions until it has read its own log.
      if (/Server is ready/.test(line)) resolve(/Listening on.*address=(\S+)/.exec(lines.join('\n'))?.[1] ?? '');
    });
    void ended.then(() => reject(new Error(`Prometheus ended:\n${lines.join('\n')}`)));
  });

  const ask: RunningPrometheus['ask'] = async (question) => {
    const answer = await fetch(`http://${address}/api/v1/${question}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`${decodeURIComponent(question)}: ${error}`);
    return data;
  };
  return {
    ask,
    query: async (expression) => (await ask(`query?query=${encodeURIComponent(expression)}`)).result,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
