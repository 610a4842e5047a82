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
}

/** The answers of a subscription, each as JSON text. */
export interface Answers {
  /** The next one; null when there is none any more. @throws what the stream fails with */
  next(): Promise<string | null>;
  /** Ends it, also while an answer is waited for. */
  end(): void;
}

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
  return async function subscribe({
    document,
    operationName,
    variables,
    context,
  }: SubscriptionRequest): Promise<Answers | ExecutionResult> {
    const args: ExecutionArgs = { schema, document, operationName, variableValues: variables ?? null, contextValue: context };
    const messages = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in messages)) return messages;
    const stream = messages[Symbol.asyncIterator]();
    const asked = hash('sha256', JSON.stringify([context.caller?.scope, operationName, variables, document.loc?.source.body]), 'base64');
    const origin = { requestId: context.requestId, document };

    return {
      async next() {
        const { value, done } = await stream.next();
        if (done) return null;
        return answerOnce(value, asked, async () => write(await execute({ ...args, rootValue: value }), origin));
      },
      end() {
        void stream.return?.();
      },
    };
  };
}
