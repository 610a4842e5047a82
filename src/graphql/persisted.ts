import { LRUCache } from 'lru-cache';

/**
 * Documents that clients name by their SHA-256 (automatic persisted queries): registered through Apollo, which checks the hash,
 * and read by both ways of running operations.
 */
export function createPersistedDocuments() {
  const documents = new LRUCache<string, string>({ max: 1_000, maxSize: 10_000_000, sizeCalculation: (text) => text.length + 1 });
  // As Apollo names what it keeps.
  const prefix = 'apq:';
  return {
    /** The document of a hash; undefined when it was never registered or was forgotten. */
    find: (sha256Hash: string): string | undefined => documents.get(prefix + sha256Hash),
    /** The same as Apollo asks for it. */
    cache: {
      get: async (key: string) => documents.get(key),
      set: async (key: string, text: string) => void documents.set(key, text),
      delete: async (key: string) => documents.delete(key),
    },
  };
}

export type PersistedDocuments = ReturnType<typeof createPersistedDocuments>;
