import { type Problem, refuseIfAny } from '../core/errors.js';

/** Most members of a list in a filter where the API names no other number: each is a parameter of a query. */
const ordinaryMost = 1_000;

/**
 * Refuses a filter whose lists are too long.
 *
 * @param most  by the list's name
 * @throws DomainError INVALID_RANGE for each such list
 */
export function checkFilterSize(filter: object | null | undefined, most: Readonly<Record<string, number>> = {}): void {
  const problems = Object.entries(filter ?? {}).flatMap(([name, list]): Problem[] => {
    const allowed = most[name] ?? ordinaryMost;
    if (!Array.isArray(list) || list.length <= allowed) return [];
    const message = `${name} has ${list.length} members; at most ${allowed} are taken.`;
    return [{ code: 'INVALID_RANGE', message, path: ['filter', name], received: list.length }];
  });
  refuseIfAny(problems);
}
