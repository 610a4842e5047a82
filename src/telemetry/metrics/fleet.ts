import type { Serializable } from 'node:child_process';
import { AggregatorRegistry } from 'prom-client';
import type { MetricSnapshot } from './metrics.js';

/**
 * The metrics of several processes that share one port, put together by the first of them. Whoever is asked for metrics, the answer is of all:
 * a process that serves asks the first one, and that one asks them all.
 *
 * Counts never fall: what a process had counted when it was last asked stays in when it ends, for a sum that fell would be read as a restart,
 * and all that the others have ever counted as new.
 */

/** Another process, as both `process` and a worker of node:cluster are one. */
export interface Peer {
  /** Absent where there is no channel. */
  send?(message: Serializable, handle: undefined, options: undefined, done: () => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

interface Envelope {
  readonly bellwether: 'metrics wanted' | 'metrics' | 'whole wanted' | 'whole';
  readonly number: number;
  readonly snapshot?: MetricSnapshot[];
  readonly text?: string;
}

/** Who has gone meanwhile needs no message. */
function post(peer: Peer, envelope: Envelope): void {
  peer.send?.(envelope as unknown as Serializable, undefined, undefined, () => {});
}

function envelopeOf(message: unknown): Envelope | null {
  return typeof message === 'object' && message !== null && 'bellwether' in message ? (message as Envelope) : null;
}

export interface FleetOptions {
  /** How long a process may take to answer the first; default 2,000. */
  readonly patienceMs?: number;
}

/** Questions to a peer, each answered by the message of its number. */
function createQuestions(peer: Peer, patienceMs: number) {
  const open = new Map<number, (answer: Envelope | null) => void>();
  let asked = 0;
  return {
    /** @returns null when there is no answer in time */
    ask(bellwether: Envelope['bellwether']): Promise<Envelope | null> {
      asked += 1;
      const number = asked;
      return new Promise((resolve) => {
        const settle = (answer: Envelope | null) => {
          clearTimeout(timer);
          open.delete(number);
          resolve(answer);
        };
        const timer = setTimeout(settle, patienceMs, null);
        open.set(number, settle);
        post(peer, { bellwether, number });
      });
    },
    answered: (envelope: Envelope) => open.get(envelope.number)?.(envelope),
  };
}

/** What may be added up over the lives of processes. */
function countsOf(snapshot: readonly MetricSnapshot[]): MetricSnapshot[] {
  return snapshot.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
}

function together(snapshots: readonly (readonly MetricSnapshot[])[]) {
  return AggregatorRegistry.aggregate(snapshots as unknown as object[]);
}

/** The same as one, to be put together with others again. */
function merged(snapshots: readonly (readonly MetricSnapshot[])[]): MetricSnapshot[] {
  return together(snapshots).getMetricsAsArray() as unknown as MetricSnapshot[];
}

/** The first process's side. */
export function createFleet({ patienceMs = 2_000 }: FleetOptions = {}) {
  const members = new Map<Peer, { readonly ask: () => Promise<Envelope | null>; last: MetricSnapshot[] }>();
  let departed: MetricSnapshot[] = [];

  async function text(): Promise<string> {
    // As of now: who goes while this waits for others is among those who are asked.
    const gone = departed;
    const snapshots = await Promise.all(
      [...members.values()].map(async (member) => {
        const snapshot = (await member.ask())?.snapshot;
        if (!snapshot) return countsOf(member.last);
        member.last = snapshot;
        return snapshot;
      }),
    );
    return together([...snapshots, gone]).metrics();
  }

  return {
    /** In the text format of Prometheus. A process that does not answer in time is shown with the counts that it had. */
    text,
    /** A process has come. @returns to be called when it is gone */
    join(peer: Peer): () => void {
      const questions = createQuestions(peer, patienceMs);
      const member = { ask: () => questions.ask('metrics wanted'), last: [] as MetricSnapshot[] };
      members.set(peer, member);
      peer.on('message', (message) => {
        const envelope = envelopeOf(message);
        if (envelope?.bellwether === 'metrics') questions.answered(envelope);
        if (envelope?.bellwether === 'whole wanted') {
          void text().then((whole) => {
            if (members.has(peer)) post(peer, { bellwether: 'whole', number: envelope.number, text: whole });
          });
        }
      });
      return () => {
        members.delete(peer);
        departed = merged([departed, countsOf(member.last)]);
      };
    },
  };
}

/**
 * A serving process's side.
 *
 * @param first the first process
 * @param snapshot reads this process's own
 * @returns reads the metrics of all; rejects when the first does not answer: to show its own counts alone would let the sums fall
 */
export function joinFleet(first: Peer, snapshot: () => Promise<MetricSnapshot[]>, { patienceMs = 2_000 }: FleetOptions = {}) {
  // The first waits itself for who is slow.
  const questions = createQuestions(first, 2 * patienceMs);
  first.on('message', (message) => {
    const envelope = envelopeOf(message);
    if (envelope?.bellwether === 'whole') questions.answered(envelope);
    if (envelope?.bellwether === 'metrics wanted') {
      void snapshot().then((own) => post(first, { bellwether: 'metrics', number: envelope.number, snapshot: own }));
    }
  });
  return async (): Promise<string> => {
    const text = (await questions.ask('whole wanted'))?.text;
    if (text === undefined) throw new Error('The first process does not answer when asked for metrics.');
    return text;
  };
}
