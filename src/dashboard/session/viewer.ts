import { createContext, useContext } from 'react';
import type { ViewerQuery } from '../generated/graphql.js';

/** The key that is signed in with. */
export type Viewer = NonNullable<ViewerQuery['viewer']>;

export const ViewerContext = createContext<Viewer | null>(null);

/** @throws outside of the pages that need a key */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error('nobody is signed in here');
  return viewer;
}

/** Whether the key may change anything. */
export function useMayAct(): boolean {
  return useViewer().scope === 'ADMIN';
}
