import { GraphQLError, GraphQLScalarType, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { ProblemCode } from '../core/errors.js';
import { parseInstant } from '../core/instant.js';
import { jsonFault } from '../core/json-value.js';

/** Most bytes of JSON text that one value may have as input. */
export const maxJsonBytes = 16 * 1024;

/** Deeper values are refused before anything looks into them; how deep one may be for its place is judged there, in a batch for each event alone. */
const deepestJson = 1_000;

/** A refusal of an input value; its code outlives the wrapping by graphql, which adds where the value stood. */
function badInput(code: ProblemCode, message: string, node?: ValueNode): GraphQLError {
  return new GraphQLError(message, { ...(node ? { nodes: node } : {}), extensions: { code } });
}

/** A value as it may stand in a message. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value) ?? value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function instantFrom(value: unknown, node?: ValueNode): Date {
  const instant = typeof value === 'string' ? parseInstant(value) : null;
  if (instant) return instant;
  throw badInput(
    'INVALID_TIMESTAMP',
    `${shown(value)} is no instant; expected RFC 3339 text in UTC such as "2026-01-31T12:00:00.000Z".`,
    node,
  );
}

/** An instant; a `Date` in code. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant as RFC 3339 text in UTC with a trailing Z; anything else is refused with INVALID_TIMESTAMP.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize(value) {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
    throw new TypeError(`no Date to serialise: ${shown(value)}`);
  },
  parseValue: (value) => instantFrom(value),
  parseLiteral: (node, variables) => instantFrom(valueFromASTUntyped(node, variables), node),
});

/** Only size and depth: whether a store can keep it is judged with the rest of the input, in a batch for each event alone. */
function checkedJson(value: unknown, node?: ValueNode): unknown {
  const fault = jsonFault(value, maxJsonBytes, deepestJson);
  if (fault?.code === 'INVALID_RANGE') throw badInput(fault.code, `The JSON ${fault.message}.`, node);
  return value;
}

function checkedObject(value: unknown, node?: ValueNode): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badInput('BAD_USER_INPUT', `${shown(value)} is no JSON object.`, node);
  }
  return checkedJson(value, node) as Record<string, unknown>;
}

/** Literal objects come without a prototype; stored values are ordinary objects. */
function literal(node: ValueNode, variables: Record<string, unknown> | null | undefined): unknown {
  const value = valueFromASTUntyped(node, variables);
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}

/** Any JSON value. */
export const Json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value, at most 16 KiB of text as input.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => checkedJson(value),
  parseLiteral: (node, variables) => checkedJson(literal(node, variables), node),
});

/** A JSON object. */
export const JsonObject = new GraphQLScalarType<Record<string, unknown>, unknown>({
  name: 'JSONObject',
  description: 'A JSON object, at most 16 KiB of text as input.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => checkedObject(value),
  parseLiteral: (node, variables) => checkedObject(literal(node, variables), node),
});

function safeInteger(value: unknown, node?: ValueNode): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw badInput('BAD_USER_INPUT', `${shown(value)} is no whole number up to 2^53 - 1.`, node);
}

/** A count that may outgrow 32 bits. */
export const SafeInt = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'A whole number up to 2^53 - 1, a JSON number on the wire, for counts that outgrow Int.',
  serialize(value) {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (Number.isSafeInteger(number)) return number as number;
    throw new TypeError(`no whole number up to 2^53 - 1: ${shown(value)}`);
  },
  parseValue: (value) => safeInteger(value),
  parseLiteral: (node) => safeInteger(node.kind === 'IntValue' ? Number(node.value) : valueFromASTUntyped(node), node),
});
