/**
 * Whom the stores run as, and where that one may live. PostgreSQL refuses to run as root, so root hands it to an account
 * that is there already (`postgres`, else `nobody`); none is made. That account often cannot enter root's folders.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemPath } from './process-table.js';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Where root puts what the stores' account must reach; only root can write there. */
const sharedRoot = '/var/lib/bellwether';

function findAccount(name: string): Account | null {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', env: systemPath, stdio: ['ignore', 'pipe', 'ignore'] }));
    return { name, uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

/** Options for spawning as that account. */
export function asAccount(account: Account | null): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}

/** Why the account cannot run a program that ends at once; null when it can. Tried, not worked out from mode bits. */
export function canRun(account: Account | null, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string | null {
  const { status, error, stderr } = spawnSync(program, args, {
    ...asAccount(account),
    cwd: '/',
    env: { ...systemPath, LC_ALL: 'C', ...env },
    encoding: 'utf8',
  });
  return status === 0 ? null : (error?.message ?? (stderr.trim() || `exit code ${status}`));
}

function canEnter(account: Account, folder: string): boolean {
  return canRun(account, '/bin/sh', ['-c', 'cd -- "$0"', folder]) === null;
}

export interface StorePlace {
  /** The store's own folder; only the account can read it. */
  readonly folder: string;
  /** null: as we are (an ordinary user). */
  readonly account: Account | null;
}

/**
 * Where a store keeps its data and whom it runs as: `dataDir/<store>`, or, when root's data folder cannot be entered by that account,
 * a folder under /var/lib/bellwether named by the hash of the data folder's real path. Once chosen, the place is noted in the data folder and kept.
 * A store that was made by another user stays that user's, so that `sudo npm start` after `npm start` works.
 *
 * @throws when there is no account to use, or when an ordinary user meets a folder that root made
 */
export function placeStore(dataDir: string, store: 'postgres' | 'redis'): StorePlace {
  const isRoot = process.getuid?.() === 0;
  mkdirSync(dataDir, { recursive: true, mode: isRoot ? 0o755 : 0o700 });
  const account = isRoot ? accountFor(join(storesHome(dataDir), store)) : null;
  const folder = join(homeFor(dataDir, account), store);
  makePrivateFolder(folder, account);
  return { folder, account };
}

function accountFor(existing: string): Account {
  if (existsSync(existing)) {
    const { uid, gid } = statSync(existing);
    if (uid !== 0) return { name: `user ${uid}`, uid, gid };
  }
  const account = findAccount('postgres') ?? findAccount('nobody');
  if (!account)
    throw new Error(
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. Start as an ordinary user.',
    );
  return account;
}

/** The folder under which the stores of a data folder lie, by what was decided at the first start; makes nothing. */
export function storesHome(dataDir: string): string {
  return noted(dataDir) ?? dataDir;
}

function noteOf(dataDir: string): string {
  return join(dataDir, 'stores-are-at');
}

function noted(dataDir: string): string | null {
  return existsSync(noteOf(dataDir)) ? readFileSync(noteOf(dataDir), 'utf8').trim() : null;
}

function homeFor(dataDir: string, account: Account | null): string {
  const before = noted(dataDir);
  if (before === null && (account === null || canEnter(account, dataDir))) return dataDir;
  const home = before ?? join(sharedRoot, createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16));
  if (account) {
    for (const folder of [sharedRoot, home]) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
    }
  }
  if (before === null) writeFileSync(noteOf(dataDir), `${home}\n`);
  return home;
}

function makePrivateFolder(folder: string, account: Account | null): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (account) chownSync(folder, account.uid, account.gid);
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw new Error(`${folder} belongs to another user. Start as that user or as root, or choose another folder: BELLWETHER_DATA_DIR=…`, {
      cause,
    });
  }
}

/**
 * A copy of a folder of programs at a place every account reaches; made once, whole or not at all.
 *
 * @param name of the copy; carries the version, so that another version gets another copy
 */
export function copyToShared(source: string, name: string): string {
  const target = join(sharedRoot, name);
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}`;
  mkdirSync(sharedRoot, { recursive: true });
  chmodSync(sharedRoot, 0o755);
  rmSync(draft, { recursive: true, force: true });
  cpSync(source, draft, { recursive: true, verbatimSymlinks: true });
  openToAll(draft);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another start made it meanwhile.
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** Lets everyone read and enter, whatever umask root has. */
function openToAll(folder: string): void {
  execFileSync('chmod', ['-R', 'a+rX', folder], { env: systemPath });
}

/** Writes a file that only the account can read, also when root writes it for another one. */
export function writePrivate(path: string, text: string, account: Account | null): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (account) chownSync(path, account.uid, account.gid);
}
