/** How a stream that was cut off goes on where it stopped. */

type Variables = Readonly<Record<string, unknown>>;

/**
 * The payload of a subscription, read anew at each connect: histories, whose document takes `$after`, ask then for what followed the last
 * message seen, so that nothing is missed and nothing comes twice. Other streams begin with their present state by themselves.
 *
 * @param query text of the document
 */
export function resuming(query: string, variables: Variables) {
  const isHistory = /\$after\b/.test(query);
  let after = variables.after;
  return {
    payload: {
      query,
      get variables() {
        return isHistory ? { ...variables, after } : { ...variables };
      },
    },
    /** Notes how far the stream has come. */
    seen(data: Variables | null | undefined): void {
      for (const message of Object.values(data ?? {})) {
        if (typeof message === 'object' && message !== null && 'sequence' in message) after = message.sequence;
      }
    },
  };
}
