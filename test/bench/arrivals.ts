/**
 * HTTP requests that arrive at a given rate whether the last ones were answered or not, as those of many visitors do.
 * autocannon's rate sends a second's requests as fast as it can and then rests, so what it measures is its own burst.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createRandom } from '../simulation/random.js';
import type { LoadOptions } from './load.js';

export interface ArrivalOptions extends Omit<LoadOptions, 'pid'> {
  /** Requests a second in the mean; gaps are exponential. */
  readonly rate: number;
}

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** From when a request was due to its answer, waiting for a free connection included. @throws when anything but 200 is answered */
export async function arrivals({ url, seconds, connections = 32, rate, headers = {}, bodies }: ArrivalOptions): Promise<Latencies> {
  const { hostname, port, host, pathname } = new URL(url);
  const head = Object.entries({ host, 'content-type': 'application/json', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const requests = bodies.map((body) =>
    Buffer.from(`POST ${pathname} HTTP/1.1\r\n${head.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
  );
  const clients = await Promise.all(Array.from({ length: connections }, () => connectTo(hostname, Number(port))));
  const idle = [...clients];
  const waiting: number[] = [];
  const latencies: number[] = [];
  const random = createRandom(1, 'arrivals');
  const gapMs = () => (-Math.log(random.uniform()) * 1000) / rate;
  const end = performance.now() + seconds * 1000;
  let due = performance.now();
  let sent = 0;
  while (due < end || waiting.length > 0 || idle.length < clients.length) {
    for (; due < Math.min(end, performance.now()); due += gapMs()) waiting.push(due);
    while (waiting.length > 0 && idle.length > 0) {
      const [since, client] = [waiting.shift() as number, idle.pop() as Client];
      client.send(requests[sent % requests.length] as Buffer, () => {
        latencies.push(performance.now() - since);
        idle.push(client);
      });
      sent += 1;
    }
    // A timer would come a millisecond late, and all that was due meanwhile at once.
    await new Promise((resolve) => setImmediate(resolve));
    for (const { fault } of clients) if (fault) throw fault;
  }
  for (const { socket } of clients) socket.destroy();
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

interface Client {
  readonly socket: Socket;
  fault: Error | null;
  send(request: Buffer, onAnswer: () => void): void;
}

/** One request at a time; answers are told by their length, as ours and those of the bounds are. */
async function connectTo(hostname: string, port: number): Promise<Client> {
  const socket = connect({ host: hostname, port, noDelay: true });
  await once(socket, 'connect');
  let answered = () => {};
  let text = '';
  const client: Client = {
    socket,
    fault: null,
    send(request, onAnswer) {
      answered = onAnswer;
      socket.write(request);
    },
  };
  socket.on('error', (error) => {
    client.fault = error;
  });
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
    const bodyStart = text.indexOf('\r\n\r\n') + 4;
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    if (bodyStart < 4 || text.length < bodyStart + Number(length)) return;
    if (!text.startsWith('HTTP/1.1 200')) client.fault = new Error(`An answer was a refusal: ${text.slice(0, 200)}`);
    text = '';
    answered();
  });
  return client;
}
