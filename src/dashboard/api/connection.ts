/** Whether what is shown is live, for the badge in the header. */

export type ConnectionState =
  /** Nothing is followed, so there is nothing that could be live. */
  | 'idle'
  /** The first socket is on its way. */
  | 'connecting'
  | 'live'
  /** The socket was lost; it is tried again until it is back. */
  | 'reconnecting';

export interface Connection {
  readonly state: ConnectionState;
  /** Milliseconds since the epoch when the service was last heard of; null before the first time. What is shown is as old as that. */
  readonly heardAt: number | null;
}

/** Follows the life of the socket. Subscribers hear of changes of state only: messages come far more often than anybody looks. */
export function createConnectionStore({ now }: { readonly now: () => number }) {
  const listeners = new Set<() => void>();
  let state: ConnectionState = 'idle';
  let heardAt: number | null = null;
  let snapshot: Connection = { state, heardAt };

  function enter(next: ConnectionState): void {
    if (next === state) return;
    state = next;
    snapshot = { state, heardAt };
    for (const listener of listeners) listener();
  }

  return {
    get: () => snapshot,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    heard: () => {
      heardAt = now();
    },
    opening: () => state === 'idle' && enter('connecting'),
    opened: () => enter('live'),
    lost: () => enter(heardAt === null ? 'connecting' : 'reconnecting'),
    /** Closed because nothing is followed any more. */
    rested: () => enter('idle'),
  };
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>;
