/**
 * Brings a checkout to the point where it can run: dependencies, generated code, build; each only when something changed.
 * Plain Node without dependencies, as it runs before there are any.
 *
 *   node scripts/prepare.mjs
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { holdLock } from './lock.mjs';
import { run } from './run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const oldestNode = [20, 19];

/** What each step reads decides whether it has to run again. Paths are files or folders, from the root. */
const steps = [
  {
    name: 'dependencies',
    doing: 'installing what package-lock.json lists',
    isDone: dependenciesMatch,
    // Development packages build the rest, also where NODE_ENV says production.
    work: (lock) => npm(lock, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
  },
  {
    name: 'generated code',
    doing: 'the database client from prisma/schema.prisma',
    ...stamped('src/generated/prisma/.stamp', ['prisma/schema.prisma', 'package-lock.json']),
    work: (lock) => npm(lock, 'run', '--silent', 'generate'),
  },
  {
    name: 'build',
    doing: 'compiling src to dist',
    ...stamped('dist/.stamp', ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'], 'src/dashboard'),
    work: async (lock) => {
      await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], root, lock.add);
      removeStaleOutput(join(root, 'dist'));
    },
  },
  {
    name: 'dashboard',
    doing: 'building its pages',
    // It also reads some of the rules in core.
    ...stamped(
      'dist/dashboard/.stamp',
      ['src/dashboard', 'src/core', 'schema.graphql', 'scripts/dashboard-types.ts', 'tsconfig.json', 'package-lock.json'],
      'src/dashboard/generated',
    ),
    work: (lock) => npm(lock, 'run', '--silent', 'dashboard'),
  },
];

/**
 * @param {(line: string) => void} progress gets a line a step that has something to do
 * @throws when the Node is too old or a step fails, with the step's output
 */
export async function prepare(progress) {
  checkNode();
  if (steps.every((step) => step.isDone())) return;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const lock = await holdLock(join(root, 'dist/.lock'), () => progress('waiting for another start that is preparing this folder'));
  try {
    for (const step of steps) {
      // Asked anew: whoever held the lock before may have done it, and a step feeds the next.
      if (step.isDone()) continue;
      progress(`${step.name}: ${step.doing} …`);
      const from = performance.now();
      await step.work(lock);
      step.markDone?.();
      progress(`${step.name}: done in ${((performance.now() - from) / 1000).toFixed(1)} s`);
    }
  } finally {
    lock.release();
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Error(
    `Bellwether needs Node.js ${oldestNode.join('.')} or later; this is ${process.versions.node}. Node.js 24 is a good choice.`,
  );
}

/** Whether node_modules holds what the lock file says. npm writes its own list there as the last thing it does. */
function dependenciesMatch() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  const wanted = readJson('package-lock.json')?.packages;
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const present = installed[path];
    // Optional ones are for other platforms, most of them.
    return present ? present.version === version : optional === true;
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Done when the stamp holds the hash of the inputs' present contents. Contents, not times: those change with every checkout.
 * A folder that is left out belongs to another step.
 */
function stamped(stamp, inputs, leftOut) {
  const file = join(root, stamp);
  return {
    isDone: () => existsSync(file) && readFileSync(file, 'utf8') === hashOf(inputs, leftOut),
    markDone: () => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, hashOf(inputs, leftOut));
    },
  };
}

function hashOf(inputs, leftOut) {
  const hash = createHash('sha256');
  const files = inputs.flatMap((input) => filesUnder(join(root, input)));
  for (const path of leftOut ? files.filter((path) => !path.startsWith(join(root, leftOut, '/'))) : files) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    return [path];
  }
  return entries.flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)])).sort();
}

/** Removes what was compiled from files that are gone. The folder is not emptied first: a service may be running from it. */
function removeStaleOutput(dist) {
  // The dashboard and the client package are bundled, so their files are not named after sources.
  const bundled = ['dashboard/assets/', 'client/'].map((folder) => join(dist, folder));
  for (const path of filesUnder(dist).filter((path) => !bundled.some((folder) => path.startsWith(folder)))) {
    const match = /^(.*)\.js(\.map)?$/.exec(relative(dist, path));
    if (match && !['.ts', '.tsx'].some((ending) => existsSync(join(root, 'src', match[1] + ending)))) rmSync(path);
  }
}

function npm(lock, ...args) {
  const { npm_execpath: cli } = process.env;
  // Started by npm: the same npm. Otherwise the one on PATH.
  return cli?.endsWith('.js') ? run(process.execPath, [cli, ...args], root, lock.add) : run('npm', args, root, lock.add);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await prepare((line) => console.error(line));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
