import type { ProblemCode } from './errors.js';
import { utf8Length } from './hash.js';

/** What values from outside may hold so that a store can take them. */

/** Deepest nesting of a JSON value; JSON.stringify itself gives up at some thousands. */
export const maxJsonDepth = 64;

/**
 * What is wrong with a JSON value, the message without a subject; null when nothing is. INVALID_RANGE: too large; BAD_USER_INPUT: no store can hold it.
 *
 * @param maxBytes of its JSON text in UTF-8
 */
export function jsonFault(
  value: unknown,
  maxBytes: number,
  maxDepth = maxJsonDepth,
): { readonly code: ProblemCode; readonly message: string; readonly received?: unknown } | null {
  if (isDeeperThan(value, maxDepth)) return { code: 'INVALID_RANGE', message: `is nested deeper than ${maxDepth} levels` };
  // JSON.stringify would make null of them: another value in the store than in memory.
  if (holdsInfinity(value)) return { code: 'BAD_USER_INPUT', message: 'holds a number that is not finite' };
  const text = JSON.stringify(value ?? null);
  const bytes = utf8Length(text);
  if (bytes > maxBytes)
    return { code: 'INVALID_RANGE', message: `has ${bytes} bytes of JSON; at most ${maxBytes} are taken`, received: bytes };
  return isUnstorable(text) ? { code: 'BAD_USER_INPUT', message: 'holds U+0000 or a lone surrogate' } : null;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInfinity);
}

/** Whether a text has no lone surrogate, and so survives UTF-8. */
export function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

/** Whether JSON text, as JSON.stringify writes it, holds U+0000 or a lone surrogate: `jsonb` takes neither. Both are escaped there. */
function isUnstorable(json: string): boolean {
  return /(?<!\\)(?:\\\\)*\\u(?:0000|d[89ab][0-9a-f]{2}|d[c-f][0-9a-f]{2})/.test(json);
}

/** A received value for a problem: texts over 100 characters are cut, anything that is not a plain value is described. */
export function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 100 ? `${value.slice(0, 100)}…` : value;
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? `a list of ${value.length}` : `a value of type ${typeof value}`;
}
