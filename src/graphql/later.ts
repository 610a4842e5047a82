import type { GraphQLFormattedError } from 'graphql';

/** HTTP status of refusals that say "later"; only when nothing was answered, for clients may drop the data of other statuses. */
const laterStatus: Readonly<Record<string, number>> = { UNAVAILABLE: 503, RATE_LIMITED: 429 };

/** What the head of an answer says to one who should come back; null where the answer stands. */
export function later(data: unknown, errors: readonly GraphQLFormattedError[]): { status: number; retryAfterSeconds: number } | null {
  const answered = typeof data === 'object' && data !== null && Object.values(data).some((value) => value !== null);
  const error = errors.find(({ extensions }) => laterStatus[String(extensions?.code)] !== undefined);
  if (answered || !error) return null;
  return {
    status: laterStatus[String(error.extensions?.code)] as number,
    retryAfterSeconds: Number(error.extensions?.retryAfterSeconds ?? 1),
  };
}
