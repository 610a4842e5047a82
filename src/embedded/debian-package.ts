/** Debian and its kin: a package and the libraries it lacks here, fetched and unpacked as any user, changing nothing else on the system. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemPath } from './process-table.js';

const run = promisify(execFile);
/** A slow mirror is no reason to wait for ever. */
const timeoutMs = 90_000;

export interface FetchPackage {
  /** Packages of which one is wanted; the first that there is gets fetched. */
  readonly names: readonly string[];
  /** Folder that will hold the unpacked file tree (`usr/bin/redis-server` …); made whole or not at all. */
  readonly target: string;
  /** Proxies of the caller, for a network that is only reached through them. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** @throws when there is no apt-get, no network, or no such package */
export async function fetchDebianPackage({ names, target, env, signal }: FetchPackage): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('there is no apt-get on this system');
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(`${target}.`);
  const [lists, cache, debs, tree] = ['lists', 'cache', 'debs', 'tree'].map((name) => join(work, name)) as [string, string, string, string];
  for (const folder of [join(lists, 'partial'), join(cache, 'archives/partial'), debs, tree]) mkdirSync(folder, { recursive: true });
  // Own lists and cache, so that no root and no lock is needed. As root apt would hand the download to a user who cannot enter here.
  const settings = [
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${cache}`,
    'APT::Sandbox::User=',
    'Debug::NoLocking=true',
    'Acquire::Retries=2',
  ];
  const apt = async (...args: string[]) => {
    const { stdout } = await run('/usr/bin/apt-get', [...settings.flatMap((setting) => ['-o', setting]), '-qq', ...args], {
      cwd: debs,
      env: { ...env, ...systemPath, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      timeout: timeoutMs,
      maxBuffer: 16_000_000,
      ...(signal ? { signal } : {}),
    });
    return stdout;
  };
  try {
    await apt('update');
    await apt('download', ...(await missingPackages(apt, names)));
    for (const deb of readdirSync(debs)) await run('dpkg', ['-x', join(debs, deb), tree], { env: systemPath, timeout: timeoutMs });
    rmSync(target, { recursive: true, force: true });
    renameSync(tree, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Folders of libraries in an unpacked tree, as LD_LIBRARY_PATH has them. */
export function librariesOf(tree: string): string {
  const folders = ['usr/lib', 'lib'].map((folder) => join(tree, folder)).filter((folder) => existsSync(folder));
  const ofPlatforms = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return ofPlatforms.filter((folder) => folder.includes('-linux-')).join(':');
}

/** What an installation would add, asked without doing it: the program and those of its libraries that are not here. */
async function missingPackages(apt: (...args: string[]) => Promise<string>, names: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const name of names) {
    try {
      const plan = await apt('--simulate', '--no-install-recommends', 'install', name);
      const found = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
      if (found.length > 0) return found;
      faults.push(`${name} is installed but cannot be run`);
    } catch (error) {
      faults.push((error as { stderr?: string }).stderr?.trim() || (error as Error).message);
    }
  }
  throw new Error(faults.join('; '));
}
