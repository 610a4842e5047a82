/** Sends metric events to trackEvents, each with an id of its own, and sees to it that each was accepted. */
import { randomInt, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { secrets } from './bellwether.js';
import { metric, unitName } from './event-store.js';

const query =
  'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted duplicates rejected results { eventId status code } } }';

export interface EventLoad {
  /** Of the instances, which the clients share out among them. */
  readonly urls: readonly string[];
  readonly seconds: number;
  /** Clients that send the next request when the last one is answered; with a rate, the most requests under way. */
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
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const timesMs: number[] = [];
  const from = performance.now();
  const isOver = () => performance.now() - from >= seconds * 1_000;

  /** @param due when it should have gone out: a client that is kept waiting is the server's fault */
  async function send(url: string, due: number): Promise<void> {
    const events = Array.from({ length: size }, () => eventOf(randomInt(units)));
    const { trackEvents } = (await post(agent, url, { query, variables: { input: { events } } })).data;
    if (trackEvents.accepted !== size) throw new Error(`${trackEvents.accepted} of ${size} events were accepted.`);
    timesMs.push(performance.now() - due);
  }

  async function client(number: number): Promise<void> {
    const url = urls[number % urls.length] as string;
    while (!isOver()) await send(url, performance.now());
  }

  async function clock(perSecond: number): Promise<void> {
    const sent: Promise<void>[] = [];
    while (!isOver()) {
      for (let due = from + (sent.length * 1_000) / perSecond; due <= performance.now(); due += 1_000 / perSecond) {
        sent.push(send(urls[sent.length % urls.length] as string, due));
      }
      await delay(1);
    }
    await Promise.all(sent);
  }

  if (rate === undefined) await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  else await clock(rate / size);
  const elapsedMs = performance.now() - from;
  agent.destroy();
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

function post(agent: Agent, url: string, content: object): Promise<Answer> {
  const body = JSON.stringify(content);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    authorization: `Bearer ${secrets.client}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
