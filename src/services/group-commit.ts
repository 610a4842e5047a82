import { DomainError } from '../core/errors.js';
import { type CommitMeter, unmetered } from './meters.js';
import { type CountingRules, type EventStore, type IngestAnswer, type IngestRequest, StaleRules } from './ports.js';

/**
 * Requests that arrive while a transaction is under way wait together and share the next one.
 * Past a bound on waiting events new ones are refused at once, before memory grows.
 */

export interface GroupCommitParts {
  /** Each commits one group at a time. */
  readonly lanes: readonly EventStore[];
  readonly rules: CountingRules;
  /** Brings the rules up to the store's. */
  refresh(): Promise<void>;
  /** Most events in one transaction; a larger request has one for itself. More would have all wait for the store together, and it then for them. */
  readonly maxGroup?: number;
  readonly maxWaiting?: number;
  readonly meter?: CommitMeter;
}

interface Waiting {
  readonly prepare: () => Promise<IngestRequest>;
  readonly size: number;
  readonly since: number;
  readonly settle: (answer: IngestAnswer | DomainError) => void;
}

export type GroupCommit = ReturnType<typeof createGroupCommit>;

export function createGroupCommit({
  lanes,
  rules,
  refresh,
  maxGroup = 500,
  maxWaiting = 20_000,
  meter = unmetered.commits,
}: GroupCommitParts) {
  const waiting: Waiting[] = [];
  const idle = [...lanes];
  const busy = new Set<Promise<void>>();
  let waitingEvents = 0;
  let isPumpDue = false;
  let closed = false;

  function takeGroup(): Waiting[] {
    let size = 0;
    let length = 0;
    for (const { size: more } of waiting) {
      if (length > 0 && size + more > maxGroup) break;
      size += more;
      length += 1;
    }
    waitingEvents -= size;
    return waiting.splice(0, length);
  }

  function takeAll(): Waiting[] {
    waitingEvents = 0;
    return waiting.splice(0);
  }

  /** Hands groups to idle lanes, while so many events wait; a request without any waits too. */
  function pump(least = 0): void {
    while (waiting.length > 0 && waitingEvents >= least) {
      const lane = idle.pop();
      if (!lane) return;
      const group = takeGroup();
      const now = performance.now();
      for (const { since } of group) meter.waited(now - since);
      const work = commit(lane, group).finally(() => {
        busy.delete(work);
        idle.push(lane);
        pumpSoon();
      });
      busy.add(work);
    }
  }

  /** After all that the system has ready has come in, so that those who were answered together and ask again share a transaction again. */
  function pumpSoon(): void {
    if (isPumpDue) return;
    isPumpDue = true;
    setImmediate(() => {
      isPumpDue = false;
      pump();
    });
  }

  async function commit(lane: EventStore, group: readonly Waiting[]): Promise<void> {
    const from = performance.now();
    try {
      const answers = await ingest(lane, group);
      meter.committed(eventsOf(group), group.length, performance.now() - from);
      for (const [i, { settle }] of group.entries()) settle(answers[i] ?? failure(new Error('no answer')));
    } catch (error) {
      meter.failed(performance.now() - from);
      // A fault that is not passing may come from one request: halved again and again, it ends up alone and sinks none of the others.
      if (error instanceof DomainError || group.length === 1) {
        const refused = failure(error);
        for (const { settle } of group) settle(refused);
        // Those who wait behind a store that is away would hear the same, only later.
        if (refused.code === 'UNAVAILABLE') for (const { settle } of takeAll()) settle(refused);
      } else {
        const half = group.length >> 1;
        await commit(lane, group.slice(0, half));
        await commit(lane, group.slice(half));
      }
    }
  }

  async function ingest(lane: EventStore, group: readonly Waiting[]): Promise<readonly (IngestAnswer | DomainError)[]> {
    for (let attempt = 1; ; attempt++) {
      // Their number before anything is made by them: rules that move in this memory too while the store is waited for are found to be old.
      const asOf: CountingRules = { epoch: rules.epoch, usesOf: rules.usesOf, rulesOf: rules.rulesOf };
      try {
        const requests = await Promise.all(group.map(({ prepare }) => prepare()));
        return await lane.ingest(requests, asOf);
      } catch (error) {
        if (!(error instanceof StaleRules) || attempt === 5) throw error;
        await refresh();
      }
    }
  }

  return {
    /**
     * Commits a request with others that arrive at the same time.
     *
     * @param prepare makes the request from what is known now; called again when the rules moved meanwhile
     * @param size number of its events
     * @throws DomainError UNAVAILABLE, and what the request itself is refused for
     */
    async submit(prepare: () => Promise<IngestRequest>, size: number): Promise<IngestAnswer> {
      if (closed) throw overloaded('This instance is shutting down.');
      if (waitingEvents + size > maxWaiting && waitingEvents > 0)
        throw overloaded(`${waitingEvents} events are waiting; at most ${maxWaiting} do.`);
      waitingEvents += size;
      const answer = await new Promise<IngestAnswer | DomainError>((settle) => {
        waiting.push({ prepare, size, since: performance.now(), settle });
        pump(maxGroup);
        pumpSoon();
      });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    /** Events that wait for a transaction. */
    waiting: (): number => waitingEvents,
    /** Takes nothing more and waits for what was taken. */
    async close(): Promise<void> {
      closed = true;
      for (pump(); busy.size > 0; pump()) await Promise.all(busy);
    },
  };
}

function eventsOf(group: readonly Waiting[]): number {
  return group.reduce((sum, { size }) => sum + size, 0);
}

function overloaded(reason: string): DomainError {
  return new DomainError([{ code: 'UNAVAILABLE', message: `${reason} Nothing was stored; try again.`, path: [] }], {
    retryAfterSeconds: 1,
  });
}

function failure(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const problem = { code: 'INTERNAL_SERVER_ERROR', message: 'The events could not be stored.', path: [] } as const;
  return new DomainError([problem], { cause: error });
}
