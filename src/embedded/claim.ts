/** One process a data folder: a second one would adopt the first one's stores and take them down with it. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookUp } from './process-table.js';

interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

export interface Claim {
  /** Gives the folder back. Harmless when called twice. */
  release(): void;
}

function readOwner(file: string): Owner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return null;
  }
}

function isAlive(owner: Owner | null): owner is Owner {
  return owner !== null && lookUp(owner.pid)?.startedAt === owner.startedAt;
}

/**
 * Takes the folder for this process. What a killed process left behind is replaced.
 *
 * @param folder data folder; made when missing
 * @throws when a living process holds it, naming its pid
 */
export function claimFolder(folder: string): Claim {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'owner.json');
  const mine: Owner = { pid: process.pid, startedAt: lookUp(process.pid)?.startedAt ?? '' };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    // link() fails when the file is there, so of two that start together one gets it.
    for (let attempt = 0; !tryLink(draft, file); attempt++) {
      const owner = readOwner(file);
      if (isAlive(owner) && owner.pid !== process.pid) {
        throw new Error(
          `The data folder ${folder} is in use by process ${owner.pid}. Stop that one, or give this one a folder of its own: BELLWETHER_DATA_DIR=…`,
        );
      }
      if (attempt >= 3) throw new Error(`Cannot take the data folder ${folder}: ${file} keeps coming back.`);
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release() {
      if (readOwner(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
