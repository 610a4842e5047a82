import { buildSchema, execute, GraphQLError, type GraphQLFormattedError, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { DomainError, refusal } from '../../src/core/errors.js';
import { createErrorTranslator } from '../../src/graphql/errors.js';
import { DateTime } from '../../src/graphql/scalars.js';

const schema = buildSchema(`
  scalar DateTime
  enum Kind { AB BANDIT }
  input Variant { key: ID!, weight: Float! }
  input Thing { variants: [Variant!]!, at: DateTime, kind: Kind }
  type Query { run: Int, save(input: Thing!): Int, set(weights: [Variant!]!, at: DateTime): Int, must: Int! }
`);
Object.assign(schema.getType('DateTime') as object, DateTime.toConfig());

const logged: { fields: Record<string, unknown>; message: string }[] = [];
const note = (fields: Record<string, unknown>, message: string) => logged.push({ fields, message });
const translators = {
  open: createErrorTranslator({ log: { error: note, warn: note }, showSuggestions: true }),
  closed: createErrorTranslator({ log: { error: note, warn: note }, showSuggestions: false }),
};

/** What a client sees of an operation over a schema whose fields do this. */
function answer(source: string, { variables = {}, run = () => 1, translate = translators.open } = {} as Options): GraphQLFormattedError[] {
  logged.length = 0;
  const document = parse(source);
  const invalid = validate(schema, document);
  const coded = invalid.map(
    (error) =>
      new GraphQLError(error.message, {
        ...error,
        nodes: error.nodes,
        originalError: error,
        extensions: { ...error.extensions, code: 'GRAPHQL_VALIDATION_FAILED' },
      }),
  );
  const result =
    invalid.length > 0
      ? { errors: coded }
      : execute({ schema, document, rootValue: { run, save: run, set: run, must: run }, variableValues: variables });
  return ('errors' in result ? (result.errors ?? []) : []).map((error) => translate(error, { requestId: 'r1', document }));
}

interface Options {
  readonly variables?: Record<string, unknown>;
  readonly run?: () => unknown;
  readonly translate?: typeof translators.open;
}

const fail = (error: unknown) => () => {
  throw error;
};

test('a refusal keeps its code, problems and hints', () => {
  const error = new DomainError([{ code: 'REVISION_CONFLICT', message: 'It is at 3.', path: ['expectedRevision'], received: 2 }], {
    revision: 3,
  });
  expect(answer('{run}', { run: fail(error) })).toEqual([
    {
      message: 'It is at 3.',
      locations: [{ line: 1, column: 2 }],
      path: ['run'],
      extensions: {
        code: 'REVISION_CONFLICT',
        problems: [{ code: 'REVISION_CONFLICT', message: 'It is at 3.', path: ['expectedRevision'], received: 2 }],
        retryable: false,
        revision: 3,
        requestId: 'r1',
      },
    },
  ]);
  expect(logged).toEqual([]);
});

test('names paths from the input, with or without its name', () => {
  const [formatted] = answer('{run}', { run: fail(refusal('INVALID_KEY', 'No key.', ['input', 'variants', '1', 'key'])) });
  expect(formatted?.extensions?.problems).toMatchObject([{ path: ['variants', '1', 'key'] }]);
});

test('UNAVAILABLE is retryable, says when, and is logged with its cause', () => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.7:5432');
  const error = new DomainError([{ code: 'UNAVAILABLE', message: 'A store is away.', path: [] }], { cause });
  const [formatted] = answer('{run}', { run: fail(error) });
  expect(formatted?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfterSeconds: 1 });
  expect(JSON.stringify(formatted)).not.toContain('10.0.0.7');
  expect(logged).toHaveLength(1);
});

test('masks what is no refusal, and logs it once under the id that the client gets', () => {
  const error = new Error('select secret from api_key');
  expect(answer('{run}', { run: fail(error) })).toEqual([
    {
      message: 'Internal server error.',
      locations: [{ line: 1, column: 2 }],
      path: ['run'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', problems: [], retryable: false, requestId: 'r1' },
    },
  ]);
  expect(logged).toMatchObject([{ fields: { err: error, requestId: 'r1', path: ['run'] } }]);
});

test.each([
  ['a null where none may be', '{must}', () => null],
  ['a value that its type cannot write', '{run}', () => 2 ** 40],
  ['something thrown that is no error', '{run}', fail('a text')],
])('masks %s', (_, source, run) => {
  const [formatted] = answer(source, { run });
  expect(formatted).toMatchObject({ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } });
  expect(logged).toHaveLength(1);
});

test('names the place of each fault in a variable', () => {
  const input = { variants: [{ key: 'a', weight: 'x' }, { key: 'b' }], kind: 'AC', at: 'now' };
  const codes = answer('query ($input: Thing!) {save(input: $input)}', { variables: { input } }).map(({ extensions }) => extensions);
  expect(codes).toMatchObject([
    { code: 'BAD_USER_INPUT', problems: [{ code: 'BAD_USER_INPUT', path: ['variants', '0', 'weight'] }] },
    { code: 'BAD_USER_INPUT', problems: [{ path: ['variants', '1'] }] },
    { code: 'INVALID_TIMESTAMP', problems: [{ code: 'INVALID_TIMESTAMP', path: ['at'] }] },
    { code: 'BAD_USER_INPUT', problems: [{ path: ['kind'] }] },
  ]);
});

test('names a variable by the argument that it is bound to, whatever it is called', () => {
  const [formatted] = answer('query ($w: [Variant!]!) {set(weights: $w)}', { variables: { w: [{ key: 'a', weight: null }] } });
  expect(formatted?.extensions?.problems).toMatchObject([{ path: ['weights', '0', 'weight'] }]);
  const [within] = answer('query ($w: Float!) {set(weights: [{key: "a", weight: $w}])}', { variables: { w: 'x' } });
  expect(within?.extensions?.problems).toMatchObject([{ path: ['weights', '0', 'weight'] }]);
});

test("names the place of a literal that a scalar refuses, with the scalar's own code", () => {
  const [formatted] = answer('{save(input: {variants: [], at: "2026-01-01"})}');
  expect(formatted?.extensions).toMatchObject({ code: 'INVALID_TIMESTAMP', problems: [{ code: 'INVALID_TIMESTAMP', path: ['at'] }] });
});

test('says what a document lacks, but names parts of the schema only where they may be known', () => {
  const [open] = answer('{runn}');
  expect(open).toMatchObject({
    message: 'Cannot query field "runn" on type "Query". Did you mean "run"?',
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
  const [closed] = answer('{runn}', { translate: translators.closed });
  expect(closed?.message).toBe('Cannot query field "runn" on type "Query".');
});

test('cuts long messages and long values', () => {
  const [formatted] = answer('{run}', { run: fail(refusal('INVALID_KEY', 'x'.repeat(5_000), ['key'], 'y'.repeat(5_000))) });
  expect(formatted?.message).toHaveLength(300);
  expect(JSON.stringify(formatted).length).toBeLessThan(1_200);
});
