import type { AnyVariables, Client, TypedDocumentNode } from 'urql';
import type { HeaderFragment } from '../generated/graphql.js';
import { documents, type PageAction } from './actions.js';

/** A variant that is to be switched on or off. */
export interface Toggled {
  readonly variant: string;
  readonly enabled: boolean;
}

/** What an action needs to know beyond the experiment; each takes what is its own. */
export interface Asked {
  readonly reason: string;
  readonly shipVariant: string | null;
  readonly weights: readonly { readonly variant: string; readonly weight: number }[];
  /** In [0, 1]. */
  readonly trafficAllocation: number;
  readonly toggled: Toggled | null;
}

/** What the dialog begins with: things as they are. */
export function presentOf({ variants, allocation, trafficAllocation }: HeaderFragment): Omit<Asked, 'shipVariant' | 'toggled'> {
  return {
    reason: '',
    weights: variants
      .filter(({ enabled }) => enabled)
      .map(({ key, weight, currentWeight }) => ({ variant: key, weight: currentWeight ?? weight })),
    trafficAllocation: allocation?.trafficAllocation ?? trafficAllocation,
  };
}

interface Order {
  readonly action: PageAction;
  readonly experiment: HeaderFragment;
  readonly asked: Asked;
  /** The same for all tries: a repetition after a lost answer has no second effect. */
  readonly idempotencyKey: string;
}

/** What came of it. `warnings`: it was done, and this is unwise about it. */
export type Outcome = { readonly refused: string } | { readonly warnings: readonly string[] };

/** All mutations answer under one name; of a draft that was deleted there is nothing to warn. */
type Answer = Readonly<Record<string, { readonly warnings?: readonly { readonly message: string }[] }>>;

export async function perform(client: Client, { action, experiment, asked, idempotencyKey }: Order): Promise<Outcome> {
  const document = documents[action] as TypedDocumentNode<Answer, AnyVariables>;
  const variables = { key: experiment.key, idempotencyKey, ...revisionFor(action, experiment), ...variablesOf(action, asked) };
  const { data, error } = await client.mutation(document, variables).toPromise();
  if (!error) return { warnings: Object.values(data ?? {}).flatMap(({ warnings = [] }) => warnings.map(({ message }) => message)) };
  if (error.networkError) return { refused: 'The service cannot be reached. Try again: it is done once at most.' };
  return { refused: error.graphQLErrors.map(({ message }) => message).join(' ') };
}

/** A look is made of what is there; all else was decided by what the page showed. */
function revisionFor(action: PageAction, { revision }: HeaderFragment): object {
  return action === 'EVALUATE' ? {} : { expectedRevision: revision };
}

function variablesOf(action: PageAction, { reason, shipVariant, weights, trafficAllocation, toggled }: Asked): object {
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  switch (action) {
    case 'DRY_RUN':
      return { dryRun: true };
    case 'PAUSE':
    case 'ROLLBACK':
      return why;
    case 'STOP':
      return { ...why, ...(shipVariant !== null && { shipVariant }) };
    case 'SET_WEIGHTS':
      return { weights };
    case 'SET_TRAFFIC_ALLOCATION':
      return { trafficAllocation };
    case 'TOGGLE_VARIANT':
      return { ...toggled };
    default:
      return {};
  }
}
