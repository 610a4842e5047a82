import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLField, type GraphQLObjectType, getNamedType, isInterfaceType, isObjectType } from 'graphql';
import type { Answer, RunningService } from '../setup/service.js';

/** Operations written from the checked-in schema, so that a test asks for all that a type holds and sends nothing but what it names. */

export const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

type Args = Record<string, unknown>;
type Root = 'query' | 'mutation' | 'subscription';

/** What moves on by itself, and so differs between an answer and its repetition. */
const moving = new Set(['Experiment.counts', 'Experiment.results', 'Experiment.validation']);

/** All fields of a type that need no argument, lists of pages left out. */
export function everythingOf(type: GraphQLObjectType, depth = 3): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type);
    if (
      field.args.some((argument) => !argument.name.match(/^(metric|variant|role|attribute)$/)) ||
      moving.has(`${type.name}.${field.name}`)
    )
      return [];
    if (isInterfaceType(named)) return [`${field.name} {__typename id}`];
    if (!isObjectType(named)) return [field.name];
    return depth > 0 && named.name !== 'Experiment' ? [`${field.name} ${everythingOf(named, depth - 1)}`] : [];
  });
  // What only changes an experiment shows it too.
  const experiment = type.getFields().experiment;
  if (experiment && type.name.endsWith('Payload'))
    fields.push(`experiment ${everythingOf(schema.getType('Experiment') as GraphQLObjectType)}`);
  return `{${fields.join(' ')}}`;
}

function rootOf(field: string): { readonly root: Root; readonly definition: GraphQLField<unknown, unknown> } {
  for (const [root, type] of [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const) {
    const definition = type?.getFields()[field];
    if (definition) return { root, definition };
  }
  throw new Error(`no root field ${field}`);
}

/** The document that asks a root field with these arguments as variables. */
export function documentOf(field: string, args: Args, selection?: string): string {
  const { root, definition } = rootOf(field);
  const given = definition.args.filter(({ name }) => name in args);
  const unknown = Object.keys(args).filter((name) => !given.some((argument) => argument.name === name));
  if (unknown.length > 0) throw new Error(`${field} has no argument ${unknown.join(', ')}`);
  const named = getNamedType(definition.type);
  const fallback = isObjectType(named) ? everythingOf(named) : isInterfaceType(named) ? '{__typename id}' : '';
  const declared = given.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
  return `${root} ${declared && `(${declared})`} {${field}${passed && `(${passed})`} ${selection ?? fallback}}`;
}

/** A fault of an answer as tests look at it. */
export interface Refusal {
  readonly code: string;
  readonly problems: readonly {
    readonly code: string;
    readonly path: readonly string[];
    readonly message: string;
    readonly received?: unknown;
  }[];
  readonly retryable: boolean;
  readonly requestId: string;
  readonly revision?: number;
  readonly retryAfterSeconds?: number;
}

/** Asks root fields of a service. */
export function createCaller(service: () => Pick<RunningService, 'send'>) {
  function call(
    field: string,
    args: Args = {},
    { selection, key = 'admin' }: { selection?: string; key?: string | null } = {},
  ): Promise<Answer> {
    return service().send(documentOf(field, args, selection), args, key);
  }

  return {
    call,

    /** The field's value; the answer must have no errors. */
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
    async done(field: string, args: Args = {}, selection?: string): Promise<any> {
      const { data, errors } = await call(field, args, selection === undefined ? {} : { selection });
      if (errors) throw new Error(`${field}: ${JSON.stringify(errors)}`);
      return data[field];
    },

    /** The one error's extensions; the answer must be refused. */
    async refused(field: string, args: Args = {}, key: string | null = 'admin'): Promise<Refusal> {
      const { data, errors } = await call(field, args, { key });
      if (errors?.length !== 1) throw new Error(`${field} gave ${errors?.length ?? 0} errors: ${JSON.stringify({ data, errors })}`);
      return errors[0].extensions;
    },
  };
}

export type Caller = ReturnType<typeof createCaller>;

/**
 * What a unit gets, by `assignment` or `assign`, asked again while the answer is FALLBACK: on a busy machine the 50 ms in which the unit's
 * first exposure must be found can pass with both stores there.
 */
export function createUnits({ done }: Caller) {
  async function ask(field: 'assignment' | 'assign', experimentKey: string, userId: string) {
    for (;;) {
      const answer = await done(field, { experimentKey, unit: { userId } });
      if (answer.reason !== 'FALLBACK') return answer;
    }
  }
  return {
    assignment: (experimentKey: string, userId = 'u') => ask('assignment', experimentKey, userId),
    assign: (experimentKey: string, userId = 'u') => ask('assign', experimentKey, userId),
  };
}

/** `CODE at path` of each problem, sorted, for comparing all of them at once. */
export function problemsOf({ problems }: Pick<Refusal, 'problems'>): string[] {
  return problems.map(({ code, path }) => `${code} at ${path.join('.')}`).sort();
}

let made = 0;

/** A sound experiment under a key of its own, unless a test spoils it. */
export function sampleInput(changes: Args = {}) {
  made += 1;
  return {
    key: `sample-${made}`,
    name: `Sample ${made}`,
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'green', weight: 0.5, payload: { colour: 'green' } },
    ],
    metrics: { primary: { key: 'purchase', type: 'CONVERSION' } },
    // Nobody looks while a test runs, unless it asks for it.
    evaluation: { schedule: 'daily_0000_utc' },
    ...changes,
  } as Args & { key: string };
}

/** Variants of equal weight; the last takes what rounding leaves. */
export function equalVariants(...keys: string[]) {
  return keys.map((key) => ({ key, weight: 1 / keys.length }));
}
