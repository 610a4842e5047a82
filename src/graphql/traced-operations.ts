import type { ApolloServerPlugin } from '@apollo/server';
import { type ExecutionArgs, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql';
import type { Span, Tracer } from '../services/tracer.js';
import type { Context } from './context.js';
import type { TranslateError } from './errors.js';
import type { GraphqlServer } from './server.js';

const longestName = 100;

/** `mutation PlaceOrder`; by its first field where the operation has no name. */
function titleOf({ operation, name, selectionSet }: OperationDefinitionNode): string {
  const [first] = selectionSet.selections;
  const called = name?.value ?? (first?.kind === Kind.FIELD ? first.name.value : '');
  return `${operation} ${called}`.trim().slice(0, longestName);
}

/** Of the document its name alone is told: literals in it are the caller's. */
function describe(span: Span | null, operation: OperationDefinitionNode, requestId: string): void {
  if (!span) return;
  span.rename(titleOf(operation));
  span.set('graphql.operation.type', operation.operation);
  if (operation.name) span.set('graphql.operation.name', operation.name.value.slice(0, longestName));
  span.set('bellwether.request.id', requestId);
}

/** Names the span of a request that Apollo answers. */
export function namingPlugin(tracer: Tracer): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, contextValue }) {
          if (operation) describe(tracer.current(), operation, contextValue.requestId);
        },
      };
    },
  };
}

const faults: ReadonlySet<unknown> = new Set(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE']);

/** Tells the span under way what was refused, and fails it where the service is at fault. */
export function markRefusals(translate: TranslateError, tracer: Tracer): TranslateError {
  return (error, origin) => {
    const shown = translate(error, origin);
    const code = String(shown.extensions?.code);
    const span = tracer.current();
    span?.set('bellwether.refusal', code);
    if (faults.has(code)) span?.fail(code);
    return shown;
  };
}

interface SocketArgs extends ExecutionArgs {
  readonly parent?: Readonly<Record<string, unknown>>;
}

/** Operations over HTTP name the span of their request; those over WebSocket, where one connection carries many, have one each. */
export function traceOperations(graphql: GraphqlServer, tracer: Tracer): GraphqlServer {
  function onSocket<T>({ document, operationName, contextValue, parent = {} }: SocketArgs, work: () => T): T {
    const operation = getOperationAST(document, operationName);
    if (!operation) return work();
    return tracer.span(titleOf(operation), { kind: 'server', parent }, (span) => {
      describe(span, operation, (contextValue as Context).requestId);
      return work();
    });
  }

  return {
    ...graphql,
    readHot(body) {
      const ready = graphql.readHot(body);
      if (!ready || !tracer.current()) return ready;
      return {
        ...ready,
        run(context) {
          describe(tracer.current(), ready.definition, context.requestId);
          return ready.run(context);
        },
      };
    },
    execute: (args) => onSocket(args, () => graphql.execute(args)),
    // The span ends when the stream begins, which may go on for days.
    subscribe: (request, send) =>
      onSocket({ ...request, schema: graphql.schema, contextValue: request.context }, () =>
        tracer.within(undefined, () => graphql.subscribe(request, send)),
      ),
  };
}
