/** Many subscribers in this process, who note when the last of them has heard. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface LiveClients {
  /** Resolves when all have heard once more, to the times of it in milliseconds of `performance.now()`, ascending. */
  heard(): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface LiveClientsOptions {
  /** Of the server, `http://...`. */
  readonly url: string;
  readonly count: number;
  readonly query: string;
  readonly secret: string;
}

/** Connects them a hundred at a time; all have heard the present state when it resolves. */
export async function openClients({ url, count, query, secret }: LiveClientsOptions): Promise<LiveClients> {
  let times: number[] = [];
  let finished: (times: readonly number[]) => void = () => {};
  const heard = () =>
    new Promise<readonly number[]>((resolve) => {
      times = [];
      finished = resolve;
    });

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
    await once(socket, 'open');
    const send = (message: object) => socket.send(JSON.stringify(message));
    const said = async () => (await once(socket, 'message')) as [Buffer];
    send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
    await said();
    send({ id: '1', type: 'subscribe', payload: { query } });
    const [first] = await said();
    if (!first.includes('"next"')) throw new Error(`The server answered ${first}.`);
    socket.on('message', () => {
      times.push(performance.now());
      if (times.length === count) finished(times);
    });
    return socket;
  }

  const sockets: WebSocket[] = [];
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, open))));
  return {
    heard,
    async close() {
      const gone = Promise.all(sockets.map((socket) => once(socket, 'close')));
      for (const socket of sockets) socket.close();
      await gone;
    },
  };
}
