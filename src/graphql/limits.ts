import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';

/** Bounds of what one request may ask; HTTP and WebSocket alike. */
export const limits = {
  /** Words and signs of a document; the parser gives up there. */
  tokens: 1_000,
  operations: 10,
  /** Levels of selection; the introspection query has 15. */
  depth: 15,
  /** Fields with every spread fragment written out, `__typename` too. */
  fields: 1_000,
  aliases: 50,
  /** Fields of an operation's first level, each of which is a request of its own to the services. */
  rootFields: 50,
  /** Fields times the sizes of the lists that they stand in. */
  complexity: 50_000,
} as const;

interface Shape {
  readonly fields: number;
  readonly depth: number;
  readonly aliases: number;
  /** Fields of the first level. */
  readonly width: number;
}

const nothing: Shape = { fields: 0, depth: 0, aliases: 0, width: 0 };

function tooComplex(what: string, found: number | string, allowed: number): GraphQLError {
  return new GraphQLError(`The document has ${found} ${what}; at most ${allowed} are allowed.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400 } },
  });
}

const checked = new WeakSet<DocumentNode>();

/**
 * Refuses a document for its shape alone: operations, depth, fields, aliases, width.
 * Every fragment is measured once, so that fragments that spread one another cost no more than their text.
 *
 * @throws GraphQLError QUERY_TOO_COMPLEX
 */
export function checkShape(document: DocumentNode): void {
  if (checked.has(document)) return;
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations = document.definitions.filter((definition) => {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    return definition.kind === Kind.OPERATION_DEFINITION;
  });
  if (operations.length > limits.operations) throw tooComplex('operations', operations.length, limits.operations);
  const measured = new Map<string, Shape>();

  function shapeOf(selectionSet: SelectionSetNode | undefined): Shape {
    let shape = nothing;
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const inner = shapeOf(selection.selectionSet);
        shape = {
          fields: shape.fields + 1 + inner.fields,
          depth: Math.max(shape.depth, 1 + inner.depth),
          aliases: shape.aliases + (selection.alias ? 1 : 0) + inner.aliases,
          width: shape.width + 1,
        };
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? shapeOf(selection.selectionSet) : shapeOfFragment(selection.name.value);
        shape = {
          fields: shape.fields + inner.fields,
          depth: Math.max(shape.depth, inner.depth),
          aliases: shape.aliases + inner.aliases,
          width: shape.width + inner.width,
        };
      }
    }
    return shape;
  }

  function shapeOfFragment(name: string): Shape {
    const known = measured.get(name);
    if (known) return known;
    // What a fragment says of itself counts as nothing; validation refuses the circle.
    measured.set(name, nothing);
    const shape = shapeOf(fragments.get(name)?.selectionSet);
    measured.set(name, shape);
    return shape;
  }

  for (const operation of operations) {
    if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
    const shape = shapeOf(operation.selectionSet);
    if (shape.depth > limits.depth) throw tooComplex('levels', shape.depth, limits.depth);
    if (shape.fields > limits.fields) throw tooComplex('fields', shape.fields, limits.fields);
    if (shape.aliases > limits.aliases) throw tooComplex('aliases', shape.aliases, limits.aliases);
    if (shape.width > limits.rootFields) throw tooComplex('fields at its first level', shape.width, limits.rootFields);
  }
  checked.add(document);
}

/** Items that a list without a size of its own is taken to have. */
const ordinaryListSize = 5;
/** Values that cost as much as a field that is asked for by itself. */
const valuesPerField = 5;
const sizeArguments = ['first', 'last', 'maxPoints'];
const sizeLists = ['ids', 'experimentKeys'];

function clampedSize(value: unknown, most = 100): number | null {
  // Sizes out of range are refused by name where they are used.
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(Math.max(value, 1), most) : null;
}

/** Fields that are put together from several reads of their own, however little is asked of them: one page of a hundred may have them. */
const costly: ReadonlyMap<string, number> = new Map([['Experiment.report', 400]]);

const estimateField: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  if (childComplexity === 0) return 1;
  const own = costly.get(`${type.name}.${field.name}`);
  if (own !== undefined) return own + childComplexity;
  const named = getNamedType(field.type);
  if (named.name.endsWith('Connection')) {
    return 1 + childComplexity * (clampedSize(args.first) ?? clampedSize(args.last) ?? 20);
  }
  // Points of a series are plain values that one query brings.
  if ('maxPoints' in args) return 1 + Math.ceil((childComplexity * (clampedSize(args.maxPoints, 1_000) ?? 200)) / valuesPerField);
  const list = sizeLists.map((name) => args[name]).find(Array.isArray);
  if (list) return 1 + childComplexity * Math.max(list.length, 1);
  const isList = isListType(getNullableType(field.type));
  // The items of a page were multiplied at the connection, the points of a series at its field.
  const isCounted = isObjectType(type) && /(Connection|Series)$/.test(type.name);
  return 1 + childComplexity * (isList && !isCounted ? ordinaryListSize : 1);
};

/** Whether the cost is the same whatever the variables are. */
function costIsFixed(document: DocumentNode): boolean {
  let fixed = true;
  visit(document, {
    Directive: () => {
      fixed = false;
    },
    Argument(node) {
      const sized = sizeArguments.includes(node.name.value) || sizeLists.includes(node.name.value);
      if (sized && node.value.kind === Kind.VARIABLE) fixed = false;
    },
  });
  return fixed;
}

const affordable = new WeakMap<DocumentNode, Set<string | null>>();

/**
 * Refuses an operation whose fields times list sizes are too many. Documents whose cost no variable changes are counted once.
 *
 * @param document   valid for the schema
 * @throws GraphQLError QUERY_TOO_COMPLEX
 */
export function checkComplexity(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
  variables: Record<string, unknown> | null | undefined,
): void {
  if (affordable.get(document)?.has(operationName)) return;
  let complexity: number;
  try {
    complexity = getComplexity({
      schema,
      query: document,
      estimators: [estimateField],
      ...(variables ? { variables } : {}),
      ...(operationName === null ? {} : { operationName }),
    });
  } catch {
    // Variables that do not fit their types: execution names every one of them and runs nothing.
    return;
  }
  if (complexity > limits.complexity) throw tooComplex('fields times list sizes', complexity, limits.complexity);
  if (costIsFixed(document)) affordable.set(document, (affordable.get(document) ?? new Set()).add(operationName));
}
