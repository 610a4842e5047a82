import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A client of graphql-transport-ws without manners: what it sends is what the test says. */
export interface RawSocket {
  readonly socket: WebSocket;
  send(message: unknown): void;
  /** The next message about this operation. */
  about(id: string): Promise<{ readonly type: string; readonly payload: unknown }>;
  /** Sends an operation; its first answer: the result of `next`, or the errors of `error`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  ask(query: string, variables?: object): Promise<any>;
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload: unknown;
}

/** Connects and says who it is; `secret` null: nobody. Resolves when admitted or closed. */
export async function openSocket(url: string, secret: string | null): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: Message[] = [];
  let lastId = 0;
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as Message);
    socket.emit('said');
  });
  const end = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });

  async function take(matches: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const position = messages.findIndex(matches);
      const [message] = position === -1 ? [] : messages.splice(position, 1);
      if (message) return message;
      const { code } = await Promise.race([once(socket, 'said').then(() => ({ code: null })), end]);
      if (code !== null) throw new Error(`the socket was closed with ${code}`);
    }
  }

  await once(socket, 'open');
  const send = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  send({ type: 'connection_init', payload: secret === null ? {} : { authorization: `Bearer ${secret}` } });
  await Promise.race([take(({ type }) => type === 'connection_ack').catch(() => {}), end]);
  return {
    socket,
    send,
    about: (id) => take((message) => message.id === id),
    async ask(query, variables = {}) {
      lastId += 1;
      const id = String(lastId);
      send({ id, type: 'subscribe', payload: { query, variables } });
      const { type, payload } = await take((message) => message.id === id);
      return type === 'error' ? { errors: payload } : payload;
    },
    closed: () => end,
    async close() {
      socket.close();
      await end;
    },
  };
}
