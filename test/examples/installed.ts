import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installClient } from '../sdk/packed.js';

/** The programs of examples/, as their users have them: in a folder of their own, with the client package installed from its tarball. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const manifest = JSON.parse(readFileSync(join(root, 'examples/package.json'), 'utf8'));
const { bellwether: ours, ...named } = { ...manifest.dependencies, ...manifest.devDependencies };

/** Packages that the programs name beside ours, with their versions. */
export const packages: Readonly<Record<string, string>> = named;

/** @returns a folder with the examples and what they need; it goes with the run */
export async function installExamples(): Promise<string> {
  const folder = await installClient();
  for (const name of Object.keys(packages)) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place);
  }
  const filter = (path: string) => !/\/(node_modules|clients|package(-lock)?\.json)$/.test(path);
  cpSync(join(root, 'examples'), folder, { recursive: true, filter });
  return folder;
}

/** Runs a program to its end. @returns the lines that it said; what it complains of is a fault */
export async function runProgram(file: string, env: Record<string, string>): Promise<string[]> {
  const { stdout, stderr } = await run(process.execPath, [file], {
    cwd: dirname(file),
    env: { PATH: process.env.PATH, ...env },
    // Nothing is left behind when it hangs.
    timeout: 60_000,
  });
  if (stderr) throw new Error(stderr);
  return stdout.trim().split('\n');
}

/** Starts a program that serves, on a free port unless one is named. */
export async function serveProgram(file: string, env: Record<string, string>) {
  const options = { cwd: dirname(file), env: { PATH: process.env.PATH, PORT: '0', ...env } };
  const program = spawn(process.execPath, [file], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(program, 'exit');
  const [address] = (await Promise.race([
    once(createInterface(program.stdout), 'line'),
    gone.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
  ])) as [string];
  return {
    address,
    /** Tells it to end. @returns its exit code, null when the signal ended it */
    async stop(): Promise<number | null> {
      program.kill();
      return (await gone)[0];
    },
  };
}
