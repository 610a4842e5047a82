import { type ASTNode, type DocumentNode, GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { DomainError, type Problem, type ProblemCode, problemCodes } from '../core/errors.js';
import { pathOfNode, pathOfVariable } from './input-path.js';

/** Codes that the transport adds to those of the catalogue. */
const transportCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_REQUEST',
]);
const catalogue: ReadonlySet<unknown> = new Set(problemCodes.filter((code) => code !== 'INTERNAL_SERVER_ERROR'));
const longestMessage = 300;
/** Nobody reads on past so many faults, and an answer that names more outgrows its request many times. */
const mostProblems = 1_000;

/** What the translation needs of a log. */
export interface ErrorLog {
  error(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Where an error happened. */
export interface ErrorOrigin {
  readonly requestId: string;
  /** The operation's document, by which the place of a bad literal or variable is found. */
  readonly document?: DocumentNode | undefined;
}

/** Turns what went wrong into what a client may see; logs it where it is a fault of the server. */
export type TranslateError = (error: unknown, origin: ErrorOrigin) => GraphQLFormattedError;

function clipped(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message;
}

/** A problem as clients see it: paths lead from the input, long texts are cut. */
function shownProblem({ code, message, path, received }: Problem): Problem {
  const shown = { code, message: clipped(message), path: path[0] === 'input' ? path.slice(1) : path };
  if (received === undefined) return shown;
  const text = JSON.stringify(received) ?? String(received);
  return { ...shown, received: text.length > 200 ? `${text.slice(0, 197)}...` : received };
}

/** The error and those that it wraps, outermost first. */
function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link !== undefined && link !== null && chain.length < 6; ) {
    chain.push(link);
    link = link instanceof GraphQLError ? link.originalError : undefined;
  }
  return chain;
}

/** Path of a fault that graphql found by itself in an input. */
function inputPath(error: GraphQLError, document: DocumentNode | undefined): readonly string[] {
  const node = error.nodes?.[0];
  if (!document || !node) return [];
  if (node.kind === Kind.VARIABLE_DEFINITION) return pathOfVariable(document, node.variable.name.value, error.message);
  return pathOfNode(document, node);
}

/** How graphql ends its list of what is wrong with the variables when that is long. */
const listIsCut = 'Too many errors processing variables';

/** Whether graphql itself refused an argument or a variable: such errors point at the document, faults of resolvers do not. */
function isInputFault(chain: readonly unknown[]): GraphQLError | undefined {
  return chain.find(
    (link): link is GraphQLError =>
      link instanceof GraphQLError &&
      link.path === undefined &&
      ((link.nodes as readonly ASTNode[] | undefined)?.[0] !== undefined || link.message.startsWith(listIsCut)),
  );
}

/**
 * Makes the one function that turns whatever went wrong into what a client may see, for HTTP and WebSocket alike.
 * Refusals keep their code, problems and hints; everything that is no refusal is masked, and logged with the id that the client gets.
 *
 * @param showSuggestions  whether "Did you mean" may name parts of the schema: only where introspection is on
 */
export function createErrorTranslator({ log, showSuggestions }: { log: ErrorLog; showSuggestions: boolean }): TranslateError {
  const shown = (message: string) => clipped(showSuggestions ? message : message.replace(/ ?Did you mean [\s\S]*$/, ''));

  return function translate(error, { requestId, document }) {
    const outer = error instanceof GraphQLError ? error : new GraphQLError('error', { originalError: error as Error });
    const { path, locations } = outer.toJSON();
    const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
    const chain = chainOf(error);
    const formatted = (message: string, extensions: { code: string } & Record<string, unknown>): GraphQLFormattedError => ({
      message,
      ...place,
      extensions: { problems: [], retryable: false, ...extensions, requestId },
    });

    const domain = chain.find((link) => link instanceof DomainError);
    if (domain) {
      if (domain.code === 'UNAVAILABLE') log.warn({ err: domain, requestId, path }, 'refused: unavailable');
      // A fault that a service has already put into words, with what it met as the cause.
      else if (domain.code === 'INTERNAL_SERVER_ERROR') log.error({ err: domain, requestId, path }, 'a request failed');
      const { revision, retryAfterSeconds = domain.code === 'UNAVAILABLE' ? 1 : undefined } = domain.details;
      return formatted(clipped(domain.message), {
        code: domain.code,
        problems: domain.problems.slice(0, mostProblems).map(shownProblem),
        retryable: domain.retryable,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
        ...(revision === undefined ? {} : { revision }),
      });
    }

    // Refusals made at this edge: scalars, limits. Apollo and graphql may have wrapped them.
    const coded = chain.find((link) => link instanceof GraphQLError && catalogue.has(link.extensions.code));
    if (coded instanceof GraphQLError) {
      const code = coded.extensions.code as ProblemCode;
      const message = shown(outer.message);
      return formatted(message, { code, problems: [{ code, message, path: inputPath(outer, document) }] });
    }
    if (chain.some((link) => link instanceof GraphQLError && /more tha[nt] \d+ tokens/.test(link.message))) {
      const message = shown(outer.message);
      return formatted(message, { code: 'QUERY_TOO_COMPLEX', problems: [{ code: 'QUERY_TOO_COMPLEX', message, path: [] }] });
    }
    if (transportCodes.has(outer.extensions.code as string)) {
      return formatted(shown(outer.message), { code: outer.extensions.code as string });
    }
    // Apollo says so of persisted queries that do not fit their hash or have another version, without a code.
    if ((outer.extensions.http as { status?: number } | undefined)?.status === 400) {
      return formatted(shown(outer.message), { code: 'BAD_REQUEST' });
    }
    const fault = isInputFault(chain);
    if (fault) {
      const message = shown(fault.message);
      return formatted(message, {
        code: 'BAD_USER_INPUT',
        problems: [{ code: 'BAD_USER_INPUT', message, path: inputPath(fault, document) }],
      });
    }
    log.error({ err: chain.at(-1), requestId, path }, 'a request failed');
    return formatted('Internal server error.', { code: 'INTERNAL_SERVER_ERROR' });
  };
}
