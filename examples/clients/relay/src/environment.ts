import { createClient } from 'graphql-ws';
import { Environment, type FetchFunction, Network, Observable, RecordSource, Store, type SubscribeFunction } from 'relay-runtime';
import WebSocket from 'ws';

/** Relay's store and its ways to the service. @param url of the service @param secret of a key */
export function createRelay(url: string, secret: string) {
  const authorization = `Bearer ${secret}`;
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization },
    webSocketImpl: WebSocket,
  });
  const ask: FetchFunction = async ({ text }, variables) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  };
  const follow: SubscribeFunction = ({ text, name }, variables) =>
    Observable.create((sink) =>
      socket.subscribe(
        { query: text ?? '', operationName: name, variables },
        { next: (message) => sink.next(message as never), error: (cause) => sink.error(cause as Error), complete: () => sink.complete() },
      ),
    );
  const environment = new Environment({ network: Network.create(ask, follow), store: new Store(new RecordSource()) });
  return { environment, close: () => socket.dispose() };
}
