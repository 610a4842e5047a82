import { createContext, createElement, type ReactNode, useContext, useMemo } from 'react';
import { type Answers, type Bootstrap, byKey } from '../answer.js';
import { type AnswerSource, type AnswerStore, storeOf } from './answer-store.js';

export interface BellwetherProviderProps {
  /** In a page the `Client`, on a server the `Visitor` of the request. */
  readonly client: AnswerSource;
  /** With which the server rendered this page, the same that the client was made with: a page is hydrated by exactly that. */
  readonly bootstrap?: Bootstrap;
  /**
   * What components do that read before the first answers are there. `suspend`, the default: the next `<Suspense>` shows its fallback, for
   * `readyTimeoutMs` at most; a variant's fallback that is shown then stays. `fallback`: they show the variant's fallback at once, and change
   * when the answers come.
   */
  readonly whileLoading?: 'suspend' | 'fallback';
  readonly children?: ReactNode;
}

interface Surroundings {
  readonly store: AnswerStore;
  /** What the server rendered with. */
  readonly rendered: Answers | null;
  readonly suspends: boolean;
}

const Context = createContext<Surroundings | null>(null);

/** Hands a client to the components inside. */
export function BellwetherProvider({ client, bootstrap, whileLoading = 'suspend', children }: BellwetherProviderProps): ReactNode {
  const value = useMemo(
    () => ({ store: storeOf(client), rendered: bootstrap ? byKey(bootstrap.answers) : null, suspends: whileLoading === 'suspend' }),
    [client, bootstrap, whileLoading],
  );
  return createElement(Context, { value }, children);
}

/** @throws Error outside of a provider */
export function useSurroundings(): Surroundings {
  const surroundings = useContext(Context);
  if (!surroundings) throw new Error('There is no <BellwetherProvider> around this component.');
  return surroundings;
}

/** The client that the provider was given, for tracking what the unit does. @throws Error outside of a provider */
export function useBellwether(): AnswerSource {
  return useSurroundings().store.source;
}
