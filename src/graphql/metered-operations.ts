import { type DocumentNode, type GraphQLSchema, getOperationAST, Kind } from 'graphql';
import type { RequestMeter } from '../telemetry/metrics/requests.js';
import type { SocketMeter } from '../telemetry/metrics/sockets.js';
import type { TranslateError } from './errors.js';
import type { createSubscriptions } from './subscription.js';

export type OperationMeter = Pick<RequestMeter, 'refused'> & Pick<SocketMeter, 'subscribed'>;

/** The same, with each error that goes into an answer told by its code. */
export function meterRefusals(translate: TranslateError, meter: OperationMeter): TranslateError {
  return (error, origin) => {
    const shown = translate(error, origin);
    meter.refused(String(shown.extensions?.code));
    return shown;
  };
}

/** The same, with each subscription told from its beginning to its end. */
export function meterSubscriptions(subscribe: ReturnType<typeof createSubscriptions>, schema: GraphQLSchema, meter: OperationMeter) {
  return (async (request, send) => {
    const running = await subscribe(request, send);
    if (!('completed' in running)) return running;
    const ended = meter.subscribed(fieldOf(schema, request.document, request.operationName));
    running.completed.then(ended, ended);
    return running;
  }) satisfies typeof subscribe;
}

/** The one field at the root, where it stands there by itself. */
function fieldOf(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): string {
  const [selection] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  const name = selection?.kind === Kind.FIELD ? selection.name.value : '';
  return Object.hasOwn(schema.getSubscriptionType()?.getFields() ?? {}, name) ? name : 'other';
}
