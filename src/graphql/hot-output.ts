import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  type SelectionSetNode,
} from 'graphql';

/** Where a value stands in the answer, from its end: made only of what encloses it. */
export interface Place {
  readonly prev: Place | undefined;
  readonly key: string | number;
  readonly typename: undefined;
}

/**
 * Turns what a resolver gave into what is answered, by the rules of graphql: a fault makes its field null and is noted in `errors`,
 * and is thrown on where the field may not be null.
 */
export type Complete = (value: unknown, place: Place, errors: GraphQLError[]) => unknown;

export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/**
 * The fields selected from an object type, by their name in the answer.
 *
 * @returns null where it takes graphql to tell: directives, fragments on another type
 */
export function fieldsOf(
  selectionSet: SelectionSetNode,
  type: GraphQLObjectType,
  fragments: Fragments,
  found = new Map<string, FieldNode[]>(),
): Map<string, FieldNode[]> | null {
  for (const selection of selectionSet.selections) {
    if (selection.directives?.length) return null;
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      // Of an ordinary object this member would be its prototype.
      if (name === '__proto__') return null;
      found.set(name, [...(found.get(name) ?? []), selection]);
      continue;
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection;
    const on = fragment?.typeCondition?.name.value ?? type.name;
    if (!fragment || fragment.directives?.length || on !== type.name) return null;
    if (!fieldsOf(fragment.selectionSet, type, fragments, found)) return null;
  }
  return found;
}

interface CompletedField {
  readonly name: string;
  readonly source: string;
  readonly nodes: readonly FieldNode[];
  readonly complete: Complete;
  readonly isNonNull: boolean;
  /** Whether something is below it that has a place of its own. */
  readonly encloses: boolean;
}

/** Makes the function for a field's type. @returns null where it takes graphql: abstract types, fields with resolvers of their own */
export function completerOf(type: GraphQLOutputType, nodes: readonly FieldNode[], fragments: Fragments, label: string): Complete | null {
  if (isNonNullType(type)) {
    const complete = completerOf(type.ofType, nodes, fragments, label);
    return (
      complete &&
      ((value, place, errors) => {
        const completed = complete(value, place, errors);
        if (completed === null) throw new Error(`Cannot return null for non-nullable field ${label}.`);
        return completed;
      })
    );
  }
  if (isListType(type)) return completerOfList(type.ofType, nodes, fragments, label);
  if (isObjectType(type)) return completerOfObject(type, nodes, fragments);
  if (!isLeafType(type)) return null;
  return (value) => (value === null || value === undefined ? null : type.serialize(value));
}

/** Lists whose items may be null are left to graphql: there are none on the hot path. */
function completerOfList(itemType: GraphQLOutputType, nodes: readonly FieldNode[], fragments: Fragments, label: string): Complete | null {
  const complete = isNonNullType(itemType) ? completerOf(itemType, nodes, fragments, label) : null;
  if (!complete) return null;
  return (value, place, errors) => {
    if (value === null || value === undefined) return null;
    const items = value as readonly unknown[];
    const completed = new Array<unknown>(items.length);
    for (let i = 0; i < items.length; i += 1) {
      const here: Place = { prev: place, key: i, typename: undefined };
      try {
        completed[i] = complete(items[i], here, errors);
      } catch (error) {
        throw locatedError(error, nodes, pathOf(here));
      }
    }
    return completed;
  };
}

function completerOfObject(type: GraphQLObjectType, nodes: readonly FieldNode[], fragments: Fragments): Complete | null {
  const selected = new Map<string, FieldNode[]>();
  for (const { selectionSet } of nodes) if (!selectionSet || !fieldsOf(selectionSet, type, fragments, selected)) return null;
  const fields: CompletedField[] = [];
  for (const [name, fieldNodes] of selected) {
    const source = fieldNodes[0]?.name.value ?? '';
    if (source === '__typename') {
      fields.push({ name, source, nodes: fieldNodes, complete: () => type.name, isNonNull: true, encloses: false });
      continue;
    }
    const definition = type.getFields()[source];
    const complete = definition && !definition.resolve && completerOf(definition.type, fieldNodes, fragments, `${type.name}.${source}`);
    if (!complete) return null;
    fields.push({
      name,
      source,
      nodes: fieldNodes,
      complete,
      isNonNull: isNonNullType(definition.type),
      encloses: !isLeafType(getNamedType(definition.type)),
    });
  }
  return (value, place, errors) => {
    if (value === null || value === undefined) return null;
    const members = value as Readonly<Record<string, unknown>>;
    const object: Record<string, unknown> = {};
    for (const field of fields) {
      try {
        const here = field.encloses ? { prev: place, key: field.name, typename: undefined } : place;
        object[field.name] = field.complete(members[field.source], here, errors);
      } catch (fault) {
        const error = locatedError(fault, field.nodes, [...pathOf(place), field.name]);
        if (field.isNonNull) throw error;
        errors.push(error);
        object[field.name] = null;
      }
    }
    return object;
  };
}

export function pathOf(place: Place): (string | number)[] {
  return [...(place.prev ? pathOf(place.prev) : []), place.key];
}
