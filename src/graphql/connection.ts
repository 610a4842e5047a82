import { type Problem, refuseIfAny } from '../core/errors.js';
import type { CursorValues, Page, PageRequest } from '../services/page.js';
import type { Connection, PageArgs } from './types/page.js';

const ordinarySize = 20;
const largestSize = 100;

/** @param list  names the list and its order, so that a cursor of another list is refused */
function writeCursor(list: string, values: CursorValues): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

function readCursor(list: string, cursor: string): CursorValues | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(values) || values.shift() !== list) return null;
    const sound = values.every(
      (value) =>
        value === null || (typeof value === 'string' && !value.includes('\0')) || (typeof value === 'number' && Number.isFinite(value)),
    );
    return sound && writeCursor(list, values) === cursor ? values : null;
  } catch {
    return null;
  }
}

function checkSize(name: 'first' | 'last', size: number | null | undefined): Problem[] {
  if (size === null || size === undefined || (size >= 1 && size <= largestSize)) return [];
  return [{ code: 'INVALID_RANGE', message: `${name} is ${size}; expected 1 to ${largestSize}.`, path: [name], received: size }];
}

/**
 * Reads the arguments of a paged list.
 *
 * @param list  names the list and its order; cursors of another are refused
 * @throws DomainError with every fault: INVALID_RANGE for sizes, NOT_EXACTLY_ONE for first and last together, BAD_USER_INPUT for a cursor
 */
export function pageRequest(list: string, { first, last, after, before }: PageArgs): PageRequest {
  const problems = [...checkSize('first', first), ...checkSize('last', last)];
  const backward = typeof last === 'number';
  if (backward && typeof first === 'number') {
    problems.push({ code: 'NOT_EXACTLY_ONE', message: 'first and last were given together; expected one of them.', path: ['last'] });
  }
  const cursors = { after: after ? readCursor(list, after) : null, before: before ? readCursor(list, before) : null };
  for (const [name, text] of [['after', after] as const, ['before', before] as const]) {
    if (typeof text === 'string' && cursors[name] === null) {
      problems.push({ code: 'BAD_USER_INPUT', message: `${name} is no cursor of this list.`, path: [name], received: text });
    }
  }
  refuseIfAny(problems);
  return { limit: first ?? last ?? ordinarySize, backward, ...cursors };
}

/**
 * A page in the shape that clients read.
 *
 * @param list    as given to {@link pageRequest}
 * @param toNode  from what the service keeps to what the schema shows
 */
export function connectionOf<T, N>(list: string, page: Page<T>, toNode: (item: T) => N): Connection<N> {
  const edges = page.items.map(({ node, cursor }) => ({ node: toNode(node), cursor: writeCursor(list, cursor) }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => page.totalCount(),
  };
}
