import { refusal } from '../core/errors.js';
import type { CursorValues, Page, PageRequest } from '../services/page.js';
import { reading } from './database.js';

/**
 * Pages of lists, cut at the sort key of a row and never at a count of rows: what is inserted or removed meanwhile shifts nothing.
 * Conditions and orders are in Prisma's terms.
 */

export type Where = Readonly<Record<string, unknown>>;

export interface SortColumn {
  /** Member of the Prisma model. */
  readonly name: string;
  readonly direction: 'asc' | 'desc';
  readonly type: 'text' | 'integer' | 'bigint' | 'instant';
  /** Whether it may be null; nulls come last whichever way the list runs. */
  readonly nullable?: boolean;
}

/** A table as a list. */
export interface Listed<Row> {
  findMany(args: { where: Where; orderBy: readonly Where[]; take: number }): PromiseLike<Row[]>;
  count(args: { where: Where }): PromiseLike<number>;
}

/** A Prisma delegate, whose own types depend on the arguments of each call, as a plain list of its rows. */
export function listOf<Row>(delegate: { readonly findMany: unknown; readonly count: unknown }): Listed<Row> {
  return delegate as Listed<Row>;
}

export interface Listing<Row> {
  readonly list: Listed<Row>;
  /** In order of weight; together they differ from row to row. */
  readonly columns: readonly SortColumn[];
  readonly where: Where;
}

/**
 * One page. Rows are those strictly between the cursors; `hasNextPage` and `hasPreviousPage` tell whether the list goes on beyond the page,
 * also on the side of a cursor, where one look-up finds out.
 *
 * @throws BAD_USER_INPUT for a cursor that no row of this list could have; UNAVAILABLE when the store is away
 */
export async function readPage<Row extends object>({ list, columns, where }: Listing<Row>, request: PageRequest): Promise<Page<Row>> {
  const { limit, backward } = request;
  const after = request.after && readCursor('after', columns, request.after);
  const before = request.before && readCursor('before', columns, request.before);
  const inside: Where[] = [where];
  if (after) inside.push(strictly('after', columns, after));
  if (before) inside.push(strictly('before', columns, before));
  const exists = async (side: Where | null) =>
    side !== null && (await list.findMany({ where: { AND: [where, side] }, orderBy: [], take: 1 })).length > 0;
  const [rows, isMoreBefore, isMoreAfter] = await reading(() =>
    Promise.all([
      list.findMany({ where: { AND: inside }, orderBy: columns.map((column) => orderBy(column, backward)), take: limit + 1 }),
      exists(after && atOr('before', columns, after)),
      exists(before && atOr('after', columns, before)),
    ]),
  );
  const isMore = rows.length > limit;
  const page = rows.slice(0, limit);
  if (backward) page.reverse();
  return {
    items: page.map((row) => ({ node: row, cursor: cursorOf(columns, row) })),
    hasNextPage: (isMore && !backward) || isMoreAfter,
    hasPreviousPage: (isMore && backward) || isMoreBefore,
    totalCount: () => reading(async () => list.count({ where })),
  };
}

/** The page with each row as something else. */
export function mapPage<Row, T>(page: Page<Row>, toNode: (row: Row) => T): Page<T> {
  return { ...page, items: page.items.map(({ node, cursor }) => ({ node: toNode(node), cursor })) };
}

function orderBy({ name, direction, nullable }: SortColumn, backward: boolean): Where {
  const sort = backward ? opposite[direction] : direction;
  return { [name]: nullable ? { sort, nulls: backward ? 'first' : 'last' } : sort };
}

const opposite = { asc: 'desc', desc: 'asc' } as const;

type Value = string | number | Date | null;

/** Rows that come after (or before) these values: at the first column that differs, beyond; before it, equal. */
function strictly(side: 'after' | 'before', columns: readonly SortColumn[], values: readonly Value[]): Where {
  return {
    OR: columns.flatMap((column, i) => {
      const equal = columns.slice(0, i).map(({ name }, j) => ({ [name]: values[j] }));
      return beyond(side, column, values[i] as Value).map((condition) => ({ AND: [...equal, condition] }));
    }),
  };
}

/** The row of a cursor itself lies outside of the page, with those beyond it. (Written out, for the negation of a comparison with null is null.) */
function atOr(side: 'after' | 'before', columns: readonly SortColumn[], values: readonly Value[]): Where {
  return { OR: [{ AND: columns.map(({ name }, i) => ({ [name]: values[i] })) }, strictly(side, columns, values)] };
}

/** Alternatives, of which there are none after a null. */
function beyond(side: 'after' | 'before', { name, direction, nullable }: SortColumn, value: Value): Where[] {
  if (value === null) return side === 'after' ? [] : [{ [name]: { not: null } }];
  const comparison = (direction === 'asc') === (side === 'after') ? 'gt' : 'lt';
  const others = { [name]: { [comparison]: value } };
  return nullable && side === 'after' ? [others, { [name]: null }] : [others];
}

function cursorOf(columns: readonly SortColumn[], row: object): CursorValues {
  return columns.map(({ name }) => {
    const value = (row as Record<string, unknown>)[name];
    if (value instanceof Date) return value.toISOString();
    return typeof value === 'bigint' ? Number(value) : (value as string | number | null);
  });
}

/** Cursors come from outside: only values that the columns could hold reach a query. */
function readCursor(argument: 'after' | 'before', columns: readonly SortColumn[], values: CursorValues): Value[] {
  const isSound = values.length === columns.length && columns.every((column, i) => canHold(column, values[i] ?? null));
  if (!isSound) throw refusal('BAD_USER_INPUT', `${argument} is no cursor of this list.`, [argument]);
  return columns.map(({ type }, i) => {
    const value = values[i] ?? null;
    return type === 'instant' && value !== null ? new Date(value) : value;
  });
}

const instantPattern = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const largest = { integer: 2 ** 31 - 1, bigint: Number.MAX_SAFE_INTEGER } as const;

function canHold({ type, nullable }: SortColumn, value: string | number | null): boolean {
  if (value === null) return nullable === true;
  if (type === 'integer' || type === 'bigint') return Number.isInteger(value) && Math.abs(value as number) <= largest[type];
  if (typeof value !== 'string') return false;
  return type === 'instant' ? instantPattern.test(value) && !Number.isNaN(Date.parse(value)) : !value.includes('\0');
}
