import { createRandom } from '../../src/core/simulation/random.js';
import { type Connection, createRequests, openConnection } from './connection.js';
import type { LoadOptions } from './load.js';

/**
 * HTTP requests that arrive at a given rate whether the last ones were answered or not, as those of many visitors do.
 * autocannon's rate sends a second's requests as fast as it can and then rests, so what it measures is its own burst.
 */
export interface ArrivalOptions extends Omit<LoadOptions, 'pid'> {
  /** Requests a second in the mean; gaps are exponential. */
  readonly rate: number;
}

/**
 * @returns the 99th percentile of the milliseconds from when a request was due to its answer, waiting for a free connection included
 * @throws when anything but 200 is answered
 */
export async function arrivals({ url, seconds, connections = 32, rate, headers = {}, bodies }: ArrivalOptions): Promise<number> {
  const requests = bodies.map(createRequests(url, headers));
  const all = await Promise.all(Array.from({ length: connections }, () => openConnection(url)));
  const idle = [...all];
  const waiting: number[] = [];
  const latencies: number[] = [];
  let fault: unknown = null;

  async function send(connection: Connection, request: Buffer, due: number): Promise<void> {
    try {
      await connection.post(request);
      latencies.push(performance.now() - due);
      idle.push(connection);
    } catch (error) {
      fault = error;
    }
  }

  const random = createRandom(1, 'arrivals');
  const gapMs = () => (-Math.log(random.uniform()) * 1_000) / rate;
  const end = performance.now() + seconds * 1_000;
  let due = performance.now() + gapMs();
  for (let sent = 0; due < end || waiting.length > 0 || idle.length < all.length; ) {
    for (; due < Math.min(end, performance.now()); due += gapMs()) waiting.push(due);
    for (; waiting.length > 0 && idle.length > 0; sent += 1) {
      void send(idle.pop() as Connection, requests[sent % requests.length] as Buffer, waiting.shift() as number);
    }
    // A timer would come a millisecond late, and all that was due meanwhile at once.
    await new Promise((resolve) => setImmediate(resolve));
    if (fault) throw fault;
  }
  for (const connection of all) connection.close();
  return Float64Array.from(latencies).sort()[Math.ceil(0.99 * latencies.length) - 1] ?? Number.NaN;
}
