/** Follows the steps of the Dockerfile in a folder, a folder a stage: as an engine would, but on this machine's system and Node. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { copyOf, dockerfile, type Instruction, isInContext, type Stage } from './dockerfile.js';

const run = promisify(execFile);
const repository = resolve('.');

/** What `npm run` leaves in the environment would make an npm in there believe that it is here. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local)|^INIT_CWD$/.test(name)),
);

interface Made {
  /** Where `/` of the stage is. */
  readonly root: string;
  /** WORKDIR at the end. */
  readonly workdir: string;
  /** ENV, with its paths as they are here. */
  readonly env: Readonly<Record<string, string>>;
}

/** Absolute paths of the image, as they are here. */
function placed(text: string, root: string): string {
  return text.replace(/(^|[\s=])(\/(?:app|data)\b)/g, (_, before: string, path: string) => before + join(root, path));
}

/** A folder's content goes into the target; files go into a folder that ends with `/` or takes several. */
function copy(instruction: Instruction, workdir: string, made: ReadonlyMap<string, Made>): void {
  const { sources, target } = copyOf(instruction);
  const from = made.get(instruction.flags.get('from') ?? '');
  for (const source of sources) {
    const path = from ? join(from.root, source) : join(repository, source);
    const intoFolder = !statSync(path).isDirectory() && (target.endsWith('/') || sources.length > 1);
    const destination = resolve(workdir, intoFolder ? join(target, basename(source)) : target);
    const filter = (file: string) => from !== undefined || isInContext(relative(repository, file));
    cpSync(path, destination, { recursive: true, filter, verbatimSymlinks: true });
  }
}

async function follow(stage: Stage, root: string, made: ReadonlyMap<string, Made>, say: (line: string) => void): Promise<Made> {
  let workdir = root;
  const env: Record<string, string> = {};
  // Who owns what is the one thing that only a root in a container can say.
  const shims = join(root, '..', 'shims');
  mkdirSync(shims, { recursive: true });
  writeFileSync(join(shims, 'chown'), '#!/bin/sh\n');
  chmodSync(join(shims, 'chown'), 0o755);
  for (const instruction of stage.instructions) {
    const { name, text } = instruction;
    if (name === 'WORKDIR') {
      workdir = join(root, text);
      mkdirSync(workdir, { recursive: true });
    }
    if (name === 'COPY') copy(instruction, workdir, made);
    if (name === 'ENV') for (const [, key = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g)) env[key] = placed(value, root);
    if (name === 'RUN') {
      say(`${stage.name}: ${text}`);
      const PATH = `${shims}:${process.env.PATH}`;
      await run('sh', ['-c', placed(text, root)], { cwd: workdir, env: { ...inherited, ...env, PATH }, maxBuffer: 64_000_000 });
    }
  }
  return { root, workdir, env };
}

/**
 * @param folder empty
 * @returns the last stage: what the image holds
 * @throws when a step fails, with what it printed
 */
export async function followDockerfile(folder: string, say: (line: string) => void): Promise<Made> {
  const made = new Map<string, Made>();
  for (const stage of dockerfile) {
    const root = join(folder, stage.name);
    mkdirSync(root);
    made.set(stage.name, await follow(stage, root, made, say));
  }
  return made.get(dockerfile.at(-1)?.name ?? '') as Made;
}
