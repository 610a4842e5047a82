import type { ExperimentDesign, ExperimentListQueryVariables, ExperimentStatus } from '../generated/graphql.js';

/** What of the list is shown: kept in the address, so that it can be bookmarked, shared and gone back to. */
export interface ListView {
  readonly search: string;
  readonly status: ExperimentStatus | null;
  readonly design: ExperimentDesign | null;
  /** Where the page begins or ends; null: the first page. */
  readonly cursor: { readonly side: 'after' | 'before'; readonly at: string } | null;
}

const pageSize = 25;

export function readView(search: string): ListView {
  const params = new URLSearchParams(search);
  const side = params.has('after') ? 'after' : params.has('before') ? 'before' : null;
  return {
    search: params.get('search') ?? '',
    status: params.get('status') as ExperimentStatus | null,
    design: params.get('design') as ExperimentDesign | null,
    cursor: side && { side, at: params.get(side) ?? '' },
  };
}

/** @returns the part of the address from the question mark on; empty for the whole list */
export function writeView({ search, status, design, cursor }: ListView): string {
  const params = new URLSearchParams();
  if (search !== '') params.set('search', search);
  if (status) params.set('status', status);
  if (design) params.set('design', design);
  if (cursor) params.set(cursor.side, cursor.at);
  return params.size === 0 ? '' : `?${params}`;
}

export function variablesOf({ search, status, design, cursor }: ListView): ExperimentListQueryVariables {
  return {
    filter: {
      ...(search.trim() !== '' && { search: search.trim() }),
      ...(status && { status: [status] }),
      ...(design && { design: [design] }),
    },
    ...(cursor?.side === 'before' ? { last: pageSize, before: cursor.at } : { first: pageSize, ...(cursor && { after: cursor.at }) }),
  };
}

export function isFiltered({ search, status, design }: ListView): boolean {
  return search.trim() !== '' || status !== null || design !== null;
}
