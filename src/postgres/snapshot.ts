import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Experiment } from '../core/experiment.js';
import type { KeptKeys } from '../services/keys.js';
import type { ApiKeyRecord } from '../services/records.js';
import type { SnapshotFile } from '../services/registry.js';

export interface KeptFileOptions {
  readonly onError: (error: unknown) => void;
  /** Writes that come sooner after one another are one. */
  readonly delayMs?: number;
}

/** Writes what is still to be written. */
interface Flushed {
  flush(): Promise<void>;
}

/** The last that the store of record said of all experiments, on disk. */
export function createSnapshotFile(path: string, options: KeptFileOptions): SnapshotFile & Flushed {
  const file = createKeptFile<{ readonly at: Date; readonly experiments: readonly Experiment[] }>(path, isSnapshot, options);
  return { ...file, write: (at, experiments) => file.write({ at, experiments }) };
}

/** API keys that were seen valid, on disk; hashes of their secrets, never the secrets. */
export function createKeptKeys(path: string, options: KeptFileOptions): KeptKeys & Flushed {
  return createKeptFile<ReadonlyMap<string, ApiKeyRecord>>(path, (value) => value instanceof Map, options);
}

function isSnapshot(value: unknown): boolean {
  const { at, experiments } = value as { at?: unknown; experiments?: unknown };
  return at instanceof Date && Array.isArray(experiments);
}

/** A value on disk: written beside and renamed, so that a reader finds a whole one. */
function createKeptFile<T>(path: string, isWhole: (value: unknown) => boolean, { onError, delayMs = 500 }: KeptFileOptions) {
  let pending: { readonly value: T } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function store(): Promise<void> {
    if (!pending) return;
    const { value } = pending;
    pending = null;
    try {
      await mkdir(dirname(path), { recursive: true });
      // Workers of one instance share the folder.
      const beside = `${path}.${process.pid}.new`;
      await writeFile(beside, serialize(value), { mode: 0o600 });
      await rename(beside, path);
    } catch (error) {
      onError(error);
    }
  }

  return {
    async read(): Promise<T | null> {
      try {
        const value: unknown = deserialize(await readFile(path));
        return isWhole(value) ? (value as T) : null;
      } catch {
        return null; // none yet, or not ours: then only the stores know
      }
    },
    write(value: T): void {
      pending = { value };
      timer ??= setTimeout(() => {
        timer = undefined;
        writing = writing.then(store);
      }, delayMs);
      timer.unref();
    },
    async flush(): Promise<void> {
      clearTimeout(timer);
      timer = undefined;
      writing = writing.then(store);
      await writing;
    },
  };
}
