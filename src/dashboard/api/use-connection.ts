import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Connection, ConnectionStore } from './connection.js';

export const ConnectionContext = createContext<ConnectionStore | null>(null);

/** @throws outside of the pages that need a key */
export function useConnection(): Connection {
  const store = useContext(ConnectionContext);
  if (!store) throw new Error('there is no connection here');
  return useSyncExternalStore(store.subscribe, store.get);
}
