import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getArgumentValues,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';

/**
 * Reads values of variables as graphql does, by functions made once for each type: a batch of a hundred events is several hundred values.
 * What they do not take is {@link unusual}, right or wrong: graphql itself then reads it again, and says what is wrong with it.
 */
export const unusual: unique symbol = Symbol('unusual');

type Read = (value: unknown) => unknown;

/** Reads all variables of an operation; {@link unusual} when one of them is. */
export type ReadVariables = (given: Readonly<Record<string, unknown>>) => Record<string, unknown> | typeof unusual;

/** @param operation  valid for the schema */
export function createVariableReader(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode): ReadVariables {
  const variables = variableDefinitions.map(({ variable, type: typeNode, defaultValue }) => {
    const type = typeFromAST(schema, typeNode as Parameters<typeof typeFromAST>[1]) as GraphQLInputType;
    const absent = defaultValue ? valueFromAST(defaultValue, type) : isNonNullType(type) ? unusual : undefined;
    return { name: variable.name.value, read: readerOf(type), absent };
  });

  return function readVariables(given) {
    const values: Record<string, unknown> = {};
    for (const { name, read, absent } of variables) {
      const value = Object.hasOwn(given, name) ? read(given[name]) : absent;
      if (value === unusual) return unusual;
      if (value !== undefined) values[name] = value;
    }
    return values;
  };
}

/** Reads the arguments of a field. @throws what graphql finds wrong with them */
export type ReadArguments = (variables: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** Where every argument is a variable there is nothing to read but which; the rest is left to graphql. */
export function createArgumentsReader(definition: GraphQLField<unknown, unknown>, node: FieldNode): ReadArguments {
  const given = new Map(node.arguments?.map(({ name, value }) => [name.value, value]));
  if (![...given.values()].every((value) => value.kind === Kind.VARIABLE)) {
    return (variables) => getArgumentValues(definition, node, variables);
  }
  const args = definition.args.map(({ name, type, defaultValue }) => {
    const value = given.get(name);
    return { name, variable: value?.kind === Kind.VARIABLE ? value.name.value : '', defaultValue, isNonNull: isNonNullType(type) };
  });
  return function readArguments(variables) {
    const values: Record<string, unknown> = {};
    for (const { name, variable, defaultValue, isNonNull } of args) {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : defaultValue;
      if (isNonNull && (value === undefined || value === null)) throw new Error(`The argument ${name} is missing.`);
      if (value !== undefined) values[name] = value;
    }
    return values;
  };
}

const readers = new WeakMap<GraphQLInputType, Read>();

function readerOf(type: GraphQLInputType): Read {
  const known = readers.get(type);
  if (known) return known;
  const made = isNonNullType(type) ? readerOfValue(type.ofType) : orNull(readerOfValue(type));
  readers.set(type, made);
  return made;
}

const orNull =
  (read: Read): Read =>
  (value) =>
    value === null ? null : read(value);

/** For values that are there. */
function readerOfValue(type: GraphQLInputType): Read {
  if (isNonNullType(type)) return readerOfValue(type.ofType);
  if (isListType(type)) return readerOfList(readerOf(type.ofType));
  if (isInputObjectType(type)) return readerOfObject(type);
  return (value) => {
    if (value === null) return unusual;
    try {
      return type.parseValue(value) ?? unusual;
    } catch {
      return unusual;
    }
  };
}

function readerOfList(readItem: Read): Read {
  return (value) => {
    if (!Array.isArray(value)) return unusual;
    const items = new Array<unknown>(value.length);
    for (let i = 0; i < items.length; i += 1) {
      const item = readItem(value[i]);
      if (item === unusual) return unusual;
      items[i] = item;
    }
    return items;
  };
}

function readerOfObject(type: GraphQLInputObjectType): Read {
  const fields = Object.values(type.getFields()).map(({ name, type: fieldType, defaultValue }) => ({
    name,
    read: readerOf(fieldType),
    absent: defaultValue === undefined && isNonNullType(fieldType) ? unusual : defaultValue,
  }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || type.isOneOf) return unusual;
    const source = value as Readonly<Record<string, unknown>>;
    const object: Record<string, unknown> = {};
    let known = 0;
    for (const { name, read, absent } of fields) {
      const given = source[name];
      // JSON has no undefined.
      const member = given === undefined ? absent : read(given);
      if (given !== undefined) known += 1;
      if (member === unusual) return unusual;
      if (member !== undefined) object[name] = member;
    }
    return known === Object.keys(source).length ? object : unusual;
  };
}
