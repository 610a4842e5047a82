import type { GraphQLArgument, GraphQLField } from 'graphql';
import { DomainError, type Problem } from '../core/errors.js';
import { isWellFormed } from '../core/json-value.js';

/**
 * Arguments as resolvers read them: null is as left out, for clients that bind every variable, so that a default takes its place.
 *
 * @param field  the field that the arguments are for
 */
export function createArgumentReader(field: Pick<GraphQLField<unknown, unknown>, 'args'>) {
  const defaults = new Map(field.args.map((argument: GraphQLArgument) => [argument.name, argument.defaultValue]));
  return function readArguments(args: Record<string, unknown>): Record<string, unknown> {
    if (!Object.values(args).includes(null)) return args;
    const read: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(args)) {
      const given = value === null ? defaults.get(name) : value;
      if (given !== undefined) read[name] = given;
    }
    return read;
  };
}

function isUnstorableText(text: string): boolean {
  return text.includes('\0') || !isWellFormed(text);
}

function collectUnstorable(value: unknown, path: readonly string[], problems: Problem[]): void {
  const refuse = (what: string) => problems.push({ code: 'BAD_USER_INPUT', message: `${what}, which no store keeps.`, path });
  if (typeof value === 'string') {
    if (isUnstorableText(value)) refuse('The text holds U+0000 or a lone surrogate');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('The number is not finite');
  } else if (Array.isArray(value)) {
    for (const [position, item] of value.entries()) collectUnstorable(item, [...path, String(position)], problems);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [name, member] of Object.entries(value)) {
      if (isUnstorableText(name)) refuse('The name of a member holds U+0000 or a lone surrogate');
      collectUnstorable(member, [...path, name], problems);
    }
  }
}

/**
 * Refuses texts and numbers that PostgreSQL cannot keep as they are. Not for arguments that are judged elsewhere, such as those that carry units:
 * there each id and each event is judged by itself.
 *
 * @throws DomainError BAD_USER_INPUT with every such place
 */
export function refuseUnstorable(args: Record<string, unknown>): void {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(args)) collectUnstorable(value, name === 'input' ? [] : [name], problems);
  const [first, ...rest] = problems;
  if (first) throw new DomainError([first, ...rest]);
}
