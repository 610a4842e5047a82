/** Sends metric events to trackEvents, each with an id of its own, and sees to it that each was accepted. */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { secrets } from './bellwether.js';
import { type Connection, createRequests, openConnection } from './connection.js';
import { metric, unitName } from './event-store.js';

const query =
  'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted duplicates rejected results { eventId status code } } }';

export interface EventLoad {
  /** Of the instances, which the clients share out among them. */
  readonly urls: readonly string[];
  readonly seconds: number;
  /** Clients that send the next request when the last one is answered; with a rate there are as many as it takes. */
  readonly clients: number;
  /** Events in a request. */
  readonly size: number;
  /** Events come from this many units. */
  readonly units: number;
  /** Events a second in all; left out: as many as are answered. */
  readonly rate?: number;
}

export interface EventLoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** @throws when an event was not accepted */
export async function sendEvents({ urls, seconds, clients, size, units, rate }: EventLoad): Promise<EventLoadResult> {
  const pools = urls.map(createPool);
  const timesMs: number[] = [];
  const from = performance.now();
  const isOver = () => performance.now() - from >= seconds * 1_000;

  /** @param due when it should have gone out: a client that is kept waiting is the server's fault */
  async function send(number: number, due: number): Promise<void> {
    const events = Array.from({ length: size }, () => eventOf(randomInt(units)));
    const { trackEvents } = (await (pools[number % pools.length] as Pool).post({ query, variables: { input: { events } } })).data;
    if (trackEvents.accepted !== size) throw new Error(`${trackEvents.accepted} of ${size} events were accepted.`);
    timesMs.push(performance.now() - due);
  }

  async function client(number: number): Promise<void> {
    while (!isOver()) await send(number, performance.now());
  }

  async function clock(perSecond: number): Promise<void> {
    const sent: Promise<void>[] = [];
    while (!isOver()) {
      for (let due = from + (sent.length * 1_000) / perSecond; due <= performance.now(); due += 1_000 / perSecond) {
        sent.push(send(sent.length, due));
      }
      await delay(1);
    }
    await Promise.all(sent);
  }

  if (rate === undefined) await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  else await clock(rate / size);
  const elapsedMs = performance.now() - from;
  for (const pool of pools) pool.close();
  timesMs.sort((a, b) => a - b);
  const quantile = (share: number) => timesMs[Math.floor(timesMs.length * share)] ?? Number.NaN;
  return { perSecond: (timesMs.length * size * 1_000) / elapsedMs, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

function eventOf(number: number) {
  const occurredAt = new Date().toISOString();
  return { eventId: randomUUID(), metric, unit: { userId: unitName(number) }, value: randomInt(10_000) / 100, occurredAt };
}

interface Answer {
  readonly data: { readonly trackEvents: { readonly accepted: number } };
}

type Pool = ReturnType<typeof createPool>;

/** Connections to one instance, as many as it takes. */
function createPool(url: string) {
  const idle: Connection[] = [];
  const requestOf = createRequests(`${url}/graphql`, { authorization: `Bearer ${secrets.client}` });
  return {
    async post(content: object): Promise<Answer> {
      const connection = idle.pop() ?? (await openConnection(url));
      const answer = await connection.post(requestOf(JSON.stringify(content)));
      idle.push(connection);
      return JSON.parse(answer) as Answer;
    },
    close(): void {
      for (const connection of idle) connection.close();
    },
  };
}
