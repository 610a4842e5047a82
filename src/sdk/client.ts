import { type Answer, type Answers, type Bootstrap, byKey, type ClientUnit, isSameUnit } from './answer.js';
import { heldAnswer } from './bindings.js';
import * as documents from './documents.js';
import { follow } from './follow.js';
import { type ClientOptions, createFoundation, pollMs } from './foundation.js';
import { currentPage } from './leaving.js';
import { createListeners } from './listeners.js';
import { createReadiness, type Source } from './readiness.js';
import { cleanUnit } from './unit.js';
import { createVisitor, type Visitor } from './visitor.js';

/** A client for one unit at a time, to which the service gives the answers: for browsers, apps and scripts, with a key of scope CLIENT. */

export interface RemoteClientOptions extends ClientOptions {
  /** Who asks. Left out: whom the bootstrap is about, else a browser without an id, to which the service gives one. */
  readonly unit?: ClientUnit;
  /** What a server made with `bootstrap()` for this unit: shown at once, and brought up to date later. */
  readonly bootstrap?: Bootstrap;
}

export interface Client extends Visitor {
  /**
   * Resolves when the service has answered, at once with a bootstrap, and after `readyTimeoutMs` in any case: never rejects. Reading before
   * gives what the storage holds of an earlier visit, else the fallbacks.
   *
   * @returns where the answers come from
   */
  ready(): Promise<Source>;
  /** Who asks from now on, after a login for example. Answers to the one before are gone; resolves as `ready()` does. */
  setUnit(unit: ClientUnit): Promise<Source>;
  unit(): ClientUnit;
  /** Calls when an answer has changed. @returns ends it */
  subscribe(listener: () => void): () => void;
  /** Sends now what waits; resolves with whether all of it was acknowledged. */
  flush(): Promise<boolean>;
  /** Ends the client. Resolves when all events are acknowledged, or with false after `closeTimeoutMs`; what is left stays in the storage. */
  close(): Promise<boolean>;
}

interface Kept {
  readonly unit: ClientUnit;
  readonly answers: readonly Answer[];
}

const deviceShelf = 'device';
const answersShelf = 'answers';

/**
 * @example
 * const client = createClient({ url: 'https://bellwether.example', key: 'bw_…', unit: { userId: 'u1' } });
 * await client.ready();
 * if (client.variant('checkout', 'control') === 'one-page') showOnePage();
 * client.track('purchase', { value: 49.9 });
 */
export function createClient(options: RemoteClientOptions): Client {
  const foundation = createFoundation(options);
  const { bindings, events, ended, onFault, shelf, transport, now } = foundation;
  const readiness = createReadiness({ timeoutMs: options.readyTimeoutMs ?? 2_000, ended });
  const listeners = createListeners(onFault);
  let unit: ClientUnit = {};
  let answers: Answers = new Map();
  let following = new AbortController();

  /** A browser that was given an id keeps it, and a page says what browser it is, for the service tells bots by that. */
  function completed(raw: ClientUnit): ClientUnit {
    const given = cleanUnit(raw, onFault);
    const deviceId = given.deviceId ?? shelf.get<string>(deviceShelf);
    const userAgent = currentPage() && (globalThis as { readonly navigator?: { readonly userAgent: string } }).navigator?.userAgent;
    const attributes = userAgent === undefined ? given.attributes : { userAgent, ...given.attributes };
    return { ...given, ...(deviceId ? { deviceId } : {}), ...(attributes ? { attributes } : {}) };
  }

  /** @param isWhole whether answers that are missing are gone */
  function take(news: readonly Answer[], isWhole: boolean): void {
    const before = answers;
    const next = new Map(isWhole ? [] : before);
    for (const answer of news) {
      const bound = answer.unitId === null ? null : bindings.variantOf(answer.experimentKey, answer.unitId);
      const held = heldAnswer(before.get(answer.experimentKey), answer, bound);
      const known = before.get(answer.experimentKey);
      next.set(answer.experimentKey, known && JSON.stringify(known) === JSON.stringify(held) ? known : held);
    }
    adoptDevice(news);
    answers = next;
    readiness.arrive();
    shelf.set(answersShelf, { unit, answers: [...next.values()] } satisfies Kept);
    if (next.size !== before.size || [...next].some(([key, answer]) => before.get(key) !== answer)) listeners.call();
  }

  function adoptDevice(news: readonly Answer[]): void {
    const made = unit.deviceId ? undefined : news.find(({ hashKey, unitId }) => hashKey === 'deviceId' && unitId !== null)?.unitId;
    if (!made) return;
    unit = { ...unit, deviceId: made };
    shelf.set(deviceShelf, made);
  }

  function begin(given: ClientUnit, bootstrap?: Bootstrap): void {
    following.abort();
    following = new AbortController();
    unit = completed(given);
    // What comes from a page or a storage may have been written by anybody.
    const isFor = (kept: Kept | undefined): kept is Kept => Array.isArray(kept?.answers) && isSameUnit(completed(kept.unit), unit);
    const stored = shelf.get<Kept>(answersShelf);
    if (isFor(bootstrap)) {
      answers = byKey(bootstrap.answers);
      readiness.expect('BOOTSTRAP');
    } else {
      answers = isFor(stored) ? byKey(stored.answers) : new Map();
      readiness.expect(isFor(stored) ? 'STORAGE' : 'NONE');
    }
    let isFirst = true;
    void follow<Messages>(
      {
        ask: () => {
          isFirst = true;
          return transport.ask(documents.assignments, { unit });
        },
        listen:
          foundation.listenTo<Messages>(() => {
            isFirst = true;
            return { query: documents.assignmentsUpdated, variables: { unit } };
          }) ?? null,
        // Each question, and each stream's first message, is answered with everything.
        take: ({ assignments, assignmentsUpdated }) => {
          take(assignments ?? assignmentsUpdated ?? [], isFirst);
          isFirst = false;
        },
        onFault,
        onConnection: foundation.onConnection,
        pollMs,
      },
      following.signal,
    );
  }

  ended.addEventListener('abort', () => following.abort());
  begin(options.unit ?? options.bootstrap?.unit ?? {}, options.bootstrap);

  return {
    ...createVisitor({
      unit: () => unit,
      answers: () => answers,
      otherwise: () => (readiness.source() === 'NONE' ? 'FALLBACK' : 'NOT_FOUND'),
      bindings,
      add: events.add,
      onFault,
      now,
    }),
    ready: readiness.ready,
    setUnit(next) {
      if (!ended.aborted && !isSameUnit(completed(next), unit)) {
        begin(next);
        listeners.call();
      }
      return readiness.ready();
    },
    unit: () => unit,
    subscribe: listeners.add,
    flush: events.flush,
    close: foundation.close,
  };
}

/** What a question and its stream answer with. */
interface Messages {
  readonly assignments?: readonly Answer[];
  readonly assignmentsUpdated?: readonly Answer[];
}
