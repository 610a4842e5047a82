import { type Assignment, decide, isPending, type PendingAssignment, settle, unknownExposure } from '../core/assignment.js';
import { checkUnit, type Unit } from '../core/unit.js';
import { type Answer, byKey, type ClientUnit, noAnswer } from './answer.js';
import { createDefinitionSet, type DefinitionSet } from './definition-set.js';
import * as documents from './documents.js';
import { faultOf } from './fault.js';
import { follow } from './follow.js';
import { type ClientOptions, createFoundation, pollMs } from './foundation.js';
import { createListeners } from './listeners.js';
import { platformSha256 } from './platform-hash.js';
import { createReadiness, type Source } from './readiness.js';
import { cleanUnit } from './unit.js';
import { createVisitor, type Visitor } from './visitor.js';

/**
 * A client for many units that decides in memory, exactly as the service does: for servers, with a key of scope SERVER. It holds the definitions
 * and follows their changes. Only a unit of a slot that a bandit has moved costs a question, once: whether it met another variant before.
 */

export interface LocalClient {
  /** Resolves when the definitions are there, and after `readyTimeoutMs` in any case; never rejects. @returns where they come from */
  ready(): Promise<Source>;
  /**
   * One unit and what it gets in all experiments, or in those that are named; it stays as it is, for the length of a request.
   * Never rejects: what cannot be known is answered with FALLBACK.
   */
  visitor(unit: ClientUnit, experimentKeys?: readonly string[]): Promise<Visitor>;
  /** Calls when a definition has changed. @returns ends it */
  subscribe(listener: () => void): () => void;
  /** Sends now what waits; resolves with whether all of it was acknowledged. */
  flush(): Promise<boolean>;
  /** Ends the client. Resolves when all events are acknowledged, or with false after `closeTimeoutMs`; what is left stays in the storage. */
  close(): Promise<boolean>;
}

const definitionsShelf = 'definitions';
/** Most experiments in a question. */
const questionSize = 100;

interface Messages {
  readonly definitions?: DefinitionSet;
  readonly definitionsUpdated?: DefinitionSet;
}

/**
 * @example
 * const bellwether = createLocalClient({ url: 'https://bellwether.example', key: process.env.BELLWETHER_KEY });
 * await bellwether.ready();
 * const visitor = await bellwether.visitor({ userId: request.user.id });
 * const variant = visitor.variant('checkout', 'control');
 */
export function createLocalClient(options: ClientOptions): LocalClient {
  const foundation = createFoundation(options);
  const { bindings, events, ended, onFault, shelf, transport, now } = foundation;
  const readiness = createReadiness({ timeoutMs: options.readyTimeoutMs ?? 2_000, ended });
  const listeners = createListeners(onFault);
  const held = createDefinitionSet();
  const sha256 = platformSha256();

  function decided(experimentKey: string, unit: Unit): Answer | PendingAssignment {
    const decision = decide(held.get(experimentKey), unit, { experimentKey, sha256 });
    if (!isPending(decision)) return answerOf(decision);
    const bound = bindings.variantOf(experimentKey, decision.lookup.unitId);
    return bound === null ? decision : answerOf(settle(decision, bound));
  }

  /** The answers that depend on what the unit met before. Those of units that are bound are remembered, for that never changes. */
  async function lookUp(pending: readonly PendingAssignment[], unit: ClientUnit): Promise<Answer[]> {
    const experimentKeys = pending.map(({ experiment }) => experiment.key);
    try {
      const { assignments } = await transport.ask<{ assignments: readonly Answer[] }>(documents.assignments, { unit, experimentKeys });
      for (const { reason, experimentKey, unitId, variant } of assignments) {
        if (reason === 'STICKY' && unitId !== null && variant !== null) bindings.bind(experimentKey, unitId, variant);
      }
      return [...assignments];
    } catch (thrown) {
      onFault(faultOf(thrown));
      return pending.map((decision) => answerOf(settle(decision, unknownExposure)));
    }
  }

  async function answersFor(given: ClientUnit, keys: readonly string[]): Promise<Answer[]> {
    const unit: Unit = { ...given, isBot: given.isBot ?? false };
    const [problem] = checkUnit(unit);
    if (problem) {
      onFault({ code: problem.code, message: problem.message });
      return keys.map((key) => noAnswer(key, 'FALLBACK'));
    }
    const decisions = keys.map((key) => decided(key, unit));
    const pending = decisions.filter((decision) => 'lookup' in decision);
    const questions = Array.from({ length: Math.ceil(pending.length / questionSize) }, (_, i) =>
      lookUp(pending.slice(i * questionSize, (i + 1) * questionSize), given),
    );
    const looked = byKey((await Promise.all(questions)).flat());
    return decisions.flatMap((decision) => ('lookup' in decision ? (looked.get(decision.experiment.key) ?? []) : decision));
  }

  function take(set: DefinitionSet): void {
    held.take(set);
    readiness.arrive();
    if (!set.complete && set.experiments.length + set.removed.length === 0) return;
    shelf.set(definitionsShelf, held.whole());
    listeners.call();
  }

  /** What was stored by another release may not be readable: then it is as if there were nothing. */
  function takeStored(): boolean {
    const stored = shelf.get<DefinitionSet>(definitionsShelf);
    try {
      if (stored) held.take(stored);
      return stored !== undefined;
    } catch (thrown) {
      onFault(faultOf(thrown));
      return false;
    }
  }

  readiness.expect(takeStored() ? 'STORAGE' : 'NONE');
  void follow<Messages>(
    {
      ask: () => transport.ask(documents.definitions, { after: held.version() }),
      listen: foundation.listenTo<Messages>(() => ({ query: documents.definitionsUpdated, variables: { after: held.version() } })) ?? null,
      take: ({ definitions, definitionsUpdated }) => {
        const set = definitions ?? definitionsUpdated;
        if (set) take(set);
      },
      onFault,
      onConnection: foundation.onConnection,
      pollMs,
    },
    ended,
  );

  return {
    ready: readiness.ready,
    async visitor(given, experimentKeys) {
      const unit = cleanUnit(given, onFault);
      const isUnknown = readiness.source() === 'NONE';
      const answers = isUnknown ? new Map<string, Answer>() : byKey(await answersFor(unit, experimentKeys ?? held.keys()));
      const otherwise = isUnknown ? 'FALLBACK' : 'NOT_FOUND';
      return createVisitor({
        unit: () => unit,
        answers: () => answers,
        otherwise: () => otherwise,
        bindings,
        add: events.add,
        onFault,
        now,
      });
    },
    subscribe: listeners.add,
    flush: events.flush,
    close: foundation.close,
  };
}

function answerOf({ exposureRecorded: _, asOf: __, ...answer }: Assignment): Answer {
  return answer;
}
