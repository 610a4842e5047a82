/** What a client puts on the wire, as seen by the `fetch` that it is given. */

export interface Sent {
  readonly method: string;
  /** The document; null when only its hash is sent. */
  readonly query: string | null;
  readonly operationName: string | null;
  readonly hash: string | null;
}

/** A `fetch` that goes to the network and keeps what was asked. */
export function recordWire() {
  const sent: Sent[] = [];
  const record: typeof fetch = async (target, init) => {
    const url = new URL(String(target));
    const asked = init?.body ? JSON.parse(String(init.body)) : Object.fromEntries(url.searchParams);
    const extensions = typeof asked.extensions === 'string' ? JSON.parse(asked.extensions) : asked.extensions;
    sent.push({
      method: init?.method ?? 'GET',
      query: asked.query || null,
      operationName: asked.operationName ?? null,
      hash: extensions?.persistedQuery?.sha256Hash ?? null,
    });
    return fetch(target, init);
  };
  return {
    fetch: record,
    /** What was sent since this was last asked. */
    take: (): readonly Sent[] => sent.splice(0),
  };
}
