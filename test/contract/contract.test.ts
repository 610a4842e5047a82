import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema, printedSchema } from '../../src/graphql/schema.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const contract = buildSchema(read('./schema-contract.graphql'));
const emitted = read('../../schema.graphql');

/** One line for each thing that a client may rely on: `name: what it is`. */
function promisesOf(schema: GraphQLSchema): Map<string, string> {
  const promises = new Map<string, string>();
  const note = (name: string, what: string, description: string | null | undefined) => promises.set(name, `${what} "${description ?? ''}"`);
  const noteInput = (name: string, { type, defaultValue, description }: GraphQLArgument | GraphQLInputField) =>
    note(name, `${type} = ${JSON.stringify(defaultValue)}`, description);

  const noteType = (type: GraphQLNamedType) => {
    const kind = type.constructor.name;
    if (isScalarType(type)) note(type.name, `${kind} ${type.specifiedByURL}`, type.description);
    else note(type.name, kind, type.description);
    if (isEnumType(type)) for (const value of type.getValues()) note(`${type.name}.${value.name}`, 'value', value.description);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) noteInput(`${type.name}.${field.name}`, field);
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    for (const held of type.getInterfaces()) promises.set(`${type.name} implements ${held.name}`, 'yes');
    for (const field of Object.values(type.getFields())) {
      note(`${type.name}.${field.name}`, String(field.type), field.description);
      for (const argument of field.args) noteInput(`${type.name}.${field.name}(${argument.name})`, argument);
    }
  };
  for (const type of Object.values(schema.getTypeMap())) if (!type.name.startsWith('__')) noteType(type);
  return promises;
}

test('schema.graphql is what the code describes', () => {
  expect(printedSchema(createSchema()), 'run "npm run schema"').toBe(emitted);
});

test('keeps every promise of the contract', () => {
  const promised = promisesOf(contract);
  const kept = promisesOf(buildSchema(emitted));
  const broken = [...promised]
    .filter(([name, what]) => kept.get(name) !== what)
    .map(([name, what]) => `${name}: ${what} but ${kept.get(name)}`);
  expect(broken).toEqual([]);
});

test('describes every type, field, argument and value', () => {
  const bare = [...promisesOf(buildSchema(emitted))].filter(([, what]) => what.endsWith(' ""')).map(([name]) => name);
  expect(bare).toEqual([]);
});
