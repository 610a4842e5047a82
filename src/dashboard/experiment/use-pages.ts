import { useEffect, useState } from 'react';
import { type TypedDocumentNode, useClient } from 'urql';

interface Page<Item> {
  readonly nodes: readonly Item[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface PagesOptions<Data, Item> {
  readonly query: TypedDocumentNode<Data, { readonly key: string; readonly after?: string | null }>;
  readonly experimentKey: string;
  /** Where the page is in an answer. The same function at each call. */
  readonly read: (data: Data) => Page<Item> | null | undefined;
  /** When it changes, the list begins anew: something may have been added. */
  readonly changedWith: unknown;
}

interface Listed<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  /** Where the next page begins; null: all are there. */
  readonly next: string | null;
}

/** A list that grows by a page each time more is asked for. */
export function usePages<Data, Item>({ query, experimentKey, read, changedWith }: PagesOptions<Data, Item>) {
  const client = useClient();
  const [listed, setListed] = useState<Listed<Item> | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  async function load(after: string | null, known: readonly Item[], isWanted: () => boolean): Promise<void> {
    const { data, error } = await client.query(query, { key: experimentKey, after }, { requestPolicy: 'network-only' }).toPromise();
    if (!isWanted()) return;
    const page = data && read(data);
    setFault(page ? null : (error?.graphQLErrors[0]?.message ?? 'The service cannot be reached.'));
    if (page)
      setListed({
        items: [...known, ...page.nodes],
        total: page.totalCount,
        next: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
      });
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins anew with what it lists, not with each drawing
  useEffect(() => {
    let isWanted = true;
    void load(null, [], () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [client, experimentKey, changedWith]);

  return { listed, fault, more: () => listed?.next && load(listed.next, listed.items, () => true) };
}
