import { faultOf, type OnFault } from './fault.js';

/** What a client keeps over reloads. */

/** The interface of `localStorage`, which anything that keeps texts can offer. */
export interface KeyValueStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface ShelfOptions {
  /** Null: nothing is kept. */
  readonly storage: KeyValueStorage | null;
  /** Tells the services apart that share a storage; no secret. */
  readonly name: string;
  readonly onFault: OnFault;
}

export type Shelf = ReturnType<typeof createShelf>;

/** JSON values under names of their own. A storage that is full, forbidden or spoilt costs what it was to keep, and nothing else. */
export function createShelf({ storage, name, onFault }: ShelfOptions) {
  const prefix = `bellwether:${name}:`;

  function attempt<T>(work: (storage: KeyValueStorage) => T, otherwise: T): T {
    if (!storage) return otherwise;
    try {
      return work(storage);
    } catch (thrown) {
      onFault({ ...faultOf(thrown), code: 'STORAGE' });
      return otherwise;
    }
  }

  return {
    /** Undefined when there is nothing, or nothing that can be read. */
    get: <T>(key: string): T | undefined =>
      attempt((kept) => {
        const text = kept.getItem(prefix + key);
        return text === null ? undefined : (JSON.parse(text) as T);
      }, undefined),
    set: (key: string, value: unknown): void => attempt((kept) => kept.setItem(prefix + key, JSON.stringify(value)), undefined),
    remove: (key: string): void => attempt((kept) => kept.removeItem(prefix + key), undefined),
    /** All names that begin so. */
    keys: (beginning: string): string[] =>
      attempt((kept) => {
        const names = Array.from({ length: kept.length }, (_, i) => kept.key(i) ?? '');
        return names.filter((each) => each.startsWith(prefix + beginning)).map((each) => each.slice(prefix.length));
      }, []),
  };
}
