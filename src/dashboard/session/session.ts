/** The key that a person signed in with: kept in this tab alone, until it is closed or the service refuses the key. */

const storageName = 'bellwether.key';

/** Why somebody is asked for a key. */
export type SignOutCause =
  /** Nobody has signed in, or somebody signed out. */
  | 'none'
  /** The service does not know the key, or it has expired. */
  | 'refused'
  /** The key was accepted before and is no longer. */
  | 'revoked'
  /** The key is valid, but may not see results. */
  | 'scope';

export type Session = { readonly key: string } | { readonly key: null; readonly cause: SignOutCause };

/** Holds the session outside React, so that sockets and requests can end it. Subscribers are told of each change. */
export function createSessionStore(storage: Storage) {
  const listeners = new Set<() => void>();
  const kept = storage.getItem(storageName);
  let session: Session = kept ? { key: kept } : { key: null, cause: 'none' };

  function change(next: Session): void {
    session = next;
    if (next.key === null) storage.removeItem(storageName);
    else storage.setItem(storageName, next.key);
    for (const listener of listeners) listener();
  }

  return {
    get: () => session,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    signIn: (key: string) => change({ key }),
    signOut: (cause: SignOutCause) => change({ key: null, cause }),
  };
}

export type SessionStore = ReturnType<typeof createSessionStore>;
