import { buildSchema, GraphQLError, graphqlSync, Kind } from 'graphql';
import { expect, test } from 'vitest';
import { DateTime, Json, JsonObject, maxJsonBytes, SafeInt } from '../../src/graphql/scalars.js';

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions.code : error;
  }
  return 'accepted';
}

test('reads an instant in UTC, floored to the millisecond, and writes it back', () => {
  const instant = DateTime.parseValue('2026-03-01T12:00:00.123987Z') as Date;
  expect(instant.getTime()).toBe(Date.UTC(2026, 2, 1, 12, 0, 0, 123));
  expect(DateTime.serialize(instant)).toBe('2026-03-01T12:00:00.123Z');
});

test.each([
  '2026-03-01T12:00:00+00:00',
  '2026-03-01T12:00:00',
  '2026-03-01 12:00:00Z',
  '2026-03-01t12:00:00z',
  '2026-02-30T12:00:00Z',
  '2026-03-01T24:00:00Z',
  '2026-12-31T23:59:60Z',
  '2026-3-1T12:00:00Z',
  '',
  1772366400000,
  null,
])('refuses %j as INVALID_TIMESTAMP', (value) => {
  expect(codeOf(() => DateTime.parseValue(value))).toBe('INVALID_TIMESTAMP');
});

test('refuses a literal that is no instant as INVALID_TIMESTAMP', () => {
  expect(codeOf(() => DateTime.parseLiteral({ kind: Kind.STRING, value: 'yesterday' }))).toBe('INVALID_TIMESTAMP');
  expect(codeOf(() => DateTime.parseLiteral({ kind: Kind.INT, value: '0' }))).toBe('INVALID_TIMESTAMP');
});

test('takes any JSON of up to 16 KiB, counted in bytes', () => {
  const longest = 'é'.repeat((maxJsonBytes - 2) / 2);
  for (const value of [null, 0, 'x', [1, { a: [true] }], {}, longest]) expect(Json.parseValue(value)).toEqual(value);
  expect(codeOf(() => Json.parseValue(`${longest}e`))).toBe('INVALID_RANGE');
});

test('refuses JSON that is nested so deep that nothing else may read it', () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
  expect(codeOf(() => Json.parseValue(deep))).toBe('INVALID_RANGE');
});

test('takes objects alone as JSONObject', () => {
  expect(JsonObject.parseValue({ region: 'US' })).toEqual({ region: 'US' });
  for (const value of [[], 'x', 1, null]) expect(codeOf(() => JsonObject.parseValue(value))).toBe('BAD_USER_INPUT');
});

test('reads JSON literals with variables in them, as ordinary objects', () => {
  const schema = buildSchema('scalar JSON type Query { echo(value: JSON): JSON }');
  Object.assign(schema.getType('JSON') as object, Json.toConfig());
  const echo = ({ value }: { value: object }) => ({ value, isPlain: Object.getPrototypeOf(value) === Object.prototype });
  const source = 'query ($n: Boolean) { echo(value: {a: [1, "b", $n], c: {d: null}}) }';
  const { data, errors } = graphqlSync({ schema, source, rootValue: { echo }, variableValues: { n: true } });
  expect(errors).toBeUndefined();
  expect(data?.echo).toEqual({ value: { a: [1, 'b', true], c: { d: null } }, isPlain: true });
});

test('SafeInt holds whole numbers up to 2^53 - 1', () => {
  expect(SafeInt.parseValue(Number.MAX_SAFE_INTEGER)).toBe(9007199254740991);
  expect(SafeInt.parseLiteral({ kind: Kind.INT, value: '5000000000' })).toBe(5e9);
  expect(SafeInt.serialize(5000000000n)).toBe(5e9);
  for (const value of [2 ** 53, 1.5, '5', Number.NaN]) expect(codeOf(() => SafeInt.parseValue(value))).toBe('BAD_USER_INPUT');
});

test('never blames the client for a value that the server cannot write', () => {
  expect(() => SafeInt.serialize(1.5)).toThrow(TypeError);
  expect(() => DateTime.serialize('2026-03-01T12:00:00Z')).toThrow(TypeError);
});
