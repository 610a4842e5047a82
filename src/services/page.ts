/** Pages of lists. */

/** Values that a page is cut at, in the order of the list's sort key. */
export type CursorValues = readonly (string | number | null)[];

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** Whether the page is counted from the end. */
  readonly backward: boolean;
  readonly after: CursorValues | null;
  readonly before: CursorValues | null;
}

export interface Page<T> {
  readonly items: readonly { readonly node: T; readonly cursor: CursorValues }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Number in the whole list; a query of its own. */
  totalCount(): Promise<number>;
}
