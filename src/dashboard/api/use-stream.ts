import { useEffect, useEffectEvent, useRef } from 'react';
import { type AnyVariables, type TypedDocumentNode, useClient } from 'urql';
import { useConnection } from './use-connection.js';

/** After a message those that follow within this time are handled together: a burst is a few changes of the page, not a thousand. */
const gatherMs = 250;

export interface StreamOptions<Data, Variables extends AnyVariables> {
  readonly query: TypedDocumentNode<Data, Variables>;
  /** Other variables are another stream, by identity; null: nothing is followed. */
  readonly variables: Variables | null;
  /** Gets the messages of each moment in the order they came. */
  readonly onMessages: (messages: readonly Data[]) => void;
}

/** Follows a subscription for as long as the component is there. */
export function useStream<Data, Variables extends AnyVariables>({ query, variables, onMessages }: StreamOptions<Data, Variables>): void {
  const client = useClient();
  const handle = useEffectEvent(onMessages);
  useEffect(() => {
    if (variables === null) return;
    let gathered: Data[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hand = () => {
      timer = undefined;
      if (gathered.length === 0) return;
      const messages = gathered;
      gathered = [];
      timer = setTimeout(hand, gatherMs);
      handle(messages);
    };
    const { unsubscribe } = client.subscription(query, variables).subscribe(({ data }) => {
      if (!data) return;
      gathered.push(data);
      if (timer === undefined) hand();
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, query, variables]);
}

/** Calls each time the connection is back, for what no stream can catch up with. */
export function useReconnected(onBack: () => void): void {
  const { state } = useConnection();
  const before = useRef(state);
  const back = useEffectEvent(onBack);
  useEffect(() => {
    if (before.current === 'reconnecting' && state === 'live') back();
    before.current = state;
  }, [state]);
}
