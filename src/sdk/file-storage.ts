import type { KeyValueStorage } from './shelf.js';

/** A storage for servers, where there is no `localStorage`: a file a value, in a folder. */

/** As much of `node:fs` as is needed; not imported, for bundles for browsers would stumble over it. */
interface FileSystem {
  mkdirSync(path: string, options: { recursive: true }): unknown;
  readdirSync(path: string): string[];
  readFileSync(path: string, encoding: 'utf8'): string;
  writeFileSync(path: string, text: string): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { force: true }): void;
}

const unfinished = '.tmp';

/**
 * Keeps events that are not acknowledged over the end of the process, and the definitions for a start while the service is away. It writes
 * before `track` returns (0.1 ms), so that not even a killed process loses an event. Several processes may share a folder: an event that two
 * of them send is counted once.
 *
 * @param folder made when it is not there
 * @throws when the folder cannot be made or read, and where there is no file system
 * @example createLocalClient({ url, key, storage: createFileStorage('/var/lib/shop/bellwether') });
 */
export function createFileStorage(folder: string): KeyValueStorage {
  const { process } = globalThis as { readonly process?: { readonly pid: number; readonly getBuiltinModule?: (name: string) => unknown } };
  const files = process?.getBuiltinModule?.('node:fs') as FileSystem | undefined;
  if (!process || !files) throw new Error('createFileStorage needs Node 20.16 or later.');
  files.mkdirSync(folder, { recursive: true });
  const names = new Set(files.readdirSync(folder).filter((name) => !name.endsWith(unfinished)));
  /** The same in a list; made when it is asked for. */
  let listed: readonly string[] | null = null;
  const pathOf = (name: string) => `${folder}/${name}`;

  return {
    get length() {
      return names.size;
    },
    key(index) {
      listed ??= [...names];
      const name = listed[index];
      return name === undefined ? null : decodeURIComponent(name);
    },
    getItem(key) {
      const name = encodeURIComponent(key);
      if (!names.has(name)) return null;
      try {
        return files.readFileSync(pathOf(name), 'utf8');
      } catch (error) {
        // Another process that shares the folder was done with it.
        if ((error as { readonly code?: string }).code === 'ENOENT') return null;
        throw error;
      }
    },
    setItem(key, value) {
      const name = encodeURIComponent(key);
      const draft = pathOf(`${name}.${process.pid}${unfinished}`);
      files.writeFileSync(draft, value);
      // In one step, so that nobody finds half a value.
      files.renameSync(draft, pathOf(name));
      names.add(name);
      listed = null;
    },
    removeItem(key) {
      const name = encodeURIComponent(key);
      names.delete(name);
      listed = null;
      files.rmSync(pathOf(name), { force: true });
    },
  };
}
