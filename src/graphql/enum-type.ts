import { registerEnumType } from 'type-graphql';

/**
 * Registers a GraphQL enum whose values are the words of core, each with its description.
 * The type argument is core's union, so that a word added there and not described here does not compile.
 *
 * @returns the object that TypeGraphQL knows the enum by, each word mapped to itself
 * @example const DirectionEnum = enumType<'UP' | 'DOWN'>('Direction', 'Which way.', { UP: 'Up.', DOWN: 'Down.' });
 */
export function enumType<T extends string>(name: string, description: string, descriptions: Record<T, string>): Record<T, T> {
  const words = Object.keys(descriptions) as T[];
  const values = Object.fromEntries(words.map((word) => [word, word])) as Record<T, T>;
  const valuesConfig = Object.fromEntries(words.map((word) => [word, { description: descriptions[word] }])) as Record<
    T,
    { description: string }
  >;
  registerEnumType(values, { name, description, valuesConfig });
  return values;
}
