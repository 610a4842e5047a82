/** What tests of both providers of OpenFeature need. */

/** Two variants of equal weight with these payloads. */
export function withPayloads(control: unknown, treatment: unknown) {
  return {
    variants: [
      { key: 'control', weight: 0.5, payload: control },
      { key: 'treatment', weight: 0.5, payload: treatment },
    ],
  };
}

/** As much of a client of either SDK as is needed. */
interface Watched {
  addHandler(event: never, handler: (details?: { readonly message?: string }) => void): void;
}

/** Names of the events of a client, as they come; `next` resolves with the next one of a kind, past ones that were not asked for included. */
export function eventsOf(client: Watched, names: Readonly<Record<string, string>>) {
  const seen: string[] = [];
  let read = 0;
  let told = () => {};
  for (const name of Object.values(names)) {
    client.addHandler(name as never, () => {
      seen.push(name);
      told();
    });
  }
  return {
    seen,
    async next(name: string): Promise<void> {
      for (;;) {
        const at = seen.indexOf(name, read);
        if (at >= 0) {
          read = at + 1;
          return;
        }
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}
