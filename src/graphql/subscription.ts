import { hash } from 'node:crypto';
import { createSourceEventStream, type DocumentNode, type ExecutionArgs, type ExecutionResult, execute, type GraphQLSchema } from 'graphql';
import type { Context } from './context.js';
import type { ErrorOrigin, TranslateError } from './errors.js';

/** A subscription that may run: read, validated and limited. */
export interface SubscriptionRequest {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly context: Context;
  /** May name the caller's place in a trace. */
  readonly parent?: Readonly<Record<string, unknown>>;
}

/** A subscription that runs. */
export interface RunningSubscription {
  /** Resolves when its last answer is sent or it has been ended. @throws what the stream fails with */
  readonly completed: Promise<void>;
  /** Ends it, also while it waits. */
  end(): void;
}

/** Sends one answer, JSON text. @returns what to wait for before the next one; undefined: nothing */
export type SendAnswer = (answer: string) => Promise<void> | undefined;

/**
 * Runs subscriptions. Those that ask the same document with the same variables and rights and get a message in the same turn of the event loop
 * share one answer, executed and written once: what thousands watch costs as much as what one does, but for the sending. Each stays a
 * stream of its own with a place of its own, so that who comes later, resumes or is slow changes nothing for the others.
 *
 * A turn is short enough for nothing to have changed in it: a shared answer is what each would have got alone.
 * Of the caller nothing but the scope of the key may decide what resolvers of a message show.
 */
export function createSubscriptions({ schema, translate }: { readonly schema: GraphQLSchema; readonly translate: TranslateError }) {
  /** Answers of this turn, by message and by who asked for what. */
  const turn = new Map<unknown, Map<string, Promise<string>>>();

  function answerOnce(message: unknown, asked: string, answer: () => Promise<string>): Promise<string> {
    if (turn.size === 0) setImmediate(() => turn.clear());
    const answers = turn.get(message) ?? new Map<string, Promise<string>>();
    turn.set(message, answers);
    const known = answers.get(asked);
    if (known) return known;
    const made = answer();
    answers.set(asked, made);
    return made;
  }

  function write({ data, errors }: ExecutionResult, origin: ErrorOrigin): string {
    return JSON.stringify({ data, ...(errors && { errors: errors.map((error) => translate(error, origin)) }) });
  }

  /** @returns the result of an operation that cannot begin, its errors untranslated */
  return async function subscribe(
    { document, operationName, variables, context }: SubscriptionRequest,
    send: SendAnswer,
  ): Promise<RunningSubscription | ExecutionResult> {
    const args: ExecutionArgs = { schema, document, operationName, variableValues: variables ?? null, contextValue: context };
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const messages = source[Symbol.asyncIterator]();
    const asked = hash('sha256', JSON.stringify([context.caller?.scope, operationName, variables, document.loc?.source.body]), 'base64');
    const origin = { requestId: context.requestId, document };
    let ended = false;

    async function run(): Promise<void> {
      for (;;) {
        const { value, done } = await messages.next();
        if (done || ended) return;
        const answer = await answerOnce(value, asked, async () => write(await execute({ ...args, rootValue: value }), origin));
        if (ended) return;
        const sent = send(answer);
        if (sent) await sent;
      }
    }

    const completed = run();
    // Who waits for it hears of a failure; who has gone meanwhile need not.
    completed.catch(() => {});
    return {
      completed,
      end() {
        ended = true;
        void messages.return?.();
      },
    };
  };
}
