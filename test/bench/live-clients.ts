/** Many subscribers in this process, who note when the last of them has heard. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

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
  const note = () => {
    times.push(performance.now());
    if (times.length === count) finished(times);
  };

  async function open(): Promise<Socket> {
    let hear: (text: string) => void = () => {};
    const said = () =>
      new Promise<string>((resolve) => {
        hear = resolve;
      });
    const { socket, send } = await openSocket(url, (payload) => hear(payload));
    const admitted = said();
    send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
    await admitted;
    const first = said();
    send({ id: '1', type: 'subscribe', payload: { query } });
    const text = await first;
    if (!text.includes('"next"')) throw new Error(`The server answered ${text}.`);
    hear = note;
    return socket;
  }

  const sockets: Socket[] = [];
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, open))));
  return {
    heard: () =>
      new Promise((resolve) => {
        times = [];
        finished = resolve;
      }),
    async close() {
      const gone = Promise.all(sockets.map((socket) => once(socket, 'close')));
      for (const socket of sockets) socket.destroy();
      await gone;
    },
  };
}

const text = 0x81;
const ping = 0x89;
const pong = 0x8a;

/**
 * A WebSocket that does no more than it must: reading with `ws` would cost as much as what is measured.
 * Of the server's messages it takes those below 64 KiB.
 */
async function openSocket(url: string, onText: (payload: string) => void) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const key = randomBytes(16).toString('base64');
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`;
  socket.write(`GET /graphql HTTP/1.1\r\nHost: ${hostname}\r\n${upgrade}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.includes(' 101 ')) throw new Error(`The server answered ${answer}`);

  /** Clients mask what they send; a mask of zeros changes nothing. */
  function write(kind: number, payload: Buffer): void {
    const length = payload.length < 126 ? [payload.length | 0x80] : [126 | 0x80, payload.length >> 8, payload.length & 0xff];
    socket.write(Buffer.concat([Buffer.from([kind, ...length, 0, 0, 0, 0]), payload]));
  }

  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 2) {
      const isLong = rest[1] === 126;
      if (isLong && rest.length < 4) return;
      const start = isLong ? 4 : 2;
      const end = start + (isLong ? rest.readUInt16BE(2) : (rest[1] as number));
      if (rest.length < end) return;
      const payload = rest.subarray(start, end);
      if (rest[0] === text) onText(payload.toString());
      if (rest[0] === ping) write(pong, payload);
      rest = rest.subarray(end);
    }
  });
  return { socket, send: (message: object) => write(text, Buffer.from(JSON.stringify(message))) };
}
