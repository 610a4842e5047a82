import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Experiment } from '../core/experiment.js';
import type { SnapshotFile } from '../services/registry.js';

/** The last that the store of record said of all experiments, on disk: written beside and renamed, so that a reader finds a whole one. */
export function createSnapshotFile(
  path: string,
  { onError, delayMs = 500 }: { readonly onError: (error: unknown) => void; readonly delayMs?: number },
): SnapshotFile & { flush(): Promise<void> } {
  let pending: { readonly at: Date; readonly experiments: readonly Experiment[] } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function store(): Promise<void> {
    const snapshot = pending;
    pending = null;
    if (!snapshot) return;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, serialize(snapshot));
      await rename(`${path}.new`, path);
    } catch (error) {
      onError(error);
    }
  }

  return {
    async read() {
      try {
        const { at, experiments } = deserialize(await readFile(path)) as { at: Date; experiments: Experiment[] };
        return at instanceof Date && Array.isArray(experiments) ? { at, experiments } : null;
      } catch {
        return null; // none yet, or not ours: then only the stores know
      }
    },
    write(at, experiments) {
      pending = { at, experiments };
      timer ??= setTimeout(() => {
        timer = undefined;
        writing = writing.then(store);
      }, delayMs);
      timer.unref();
    },
    async flush() {
      clearTimeout(timer);
      timer = undefined;
      writing = writing.then(store);
      await writing;
    },
  };
}
