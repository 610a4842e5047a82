import type { GraphQLSchema } from 'graphql';
import type { Unit } from '../core/unit.js';
import { commandOf } from './command.js';
import type { Context } from './context.js';
import { AssignmentResolver } from './resolvers/assignment.js';
import { EventResolver } from './resolvers/event.js';
import type { TrackEventsInput } from './types/event.js';
import type { UnitInput } from './types/unit.js';

type Direct = (args: never, context: Context) => unknown;

interface Asked {
  readonly experimentKey: string;
  readonly unit: UnitInput & Unit;
}

const assignments = new AssignmentResolver();
const events = new EventResolver();

/** The methods of the fields that carry the load, with their arguments as graphql has read them. */
const methods: Readonly<Record<string, Readonly<Record<string, Direct>>>> = {
  Query: {
    assignment: ({ experimentKey, unit }: Asked, context) => assignments.assignment(experimentKey, unit, context),
    assignments: ({ unit, experimentKeys }: Asked & { experimentKeys?: readonly string[] }, context) =>
      assignments.assignments(unit, experimentKeys, context),
  },
  Mutation: {
    assign: ({ experimentKey, unit }: Asked, context) => assignments.assign(experimentKey, unit, context),
    trackEvents: (args: { input: TrackEventsInput }, context) =>
      events.trackEvents(args.input, commandOf('trackEvents', { ...args }, context), context),
  },
};

/**
 * Puts the methods in place of TypeGraphQL's way to them, in place: it makes an instance of every input object and a promise of every argument,
 * which costs more than an assignment itself, and 65 microseconds for a batch of a hundred events. Nothing here needs either.
 */
export function resolveDirectly(schema: GraphQLSchema): void {
  for (const [type, fields] of Object.entries(methods)) {
    const definitions = (type === 'Query' ? schema.getQueryType() : schema.getMutationType())?.getFields();
    for (const [name, method] of Object.entries(fields)) {
      const definition = definitions?.[name];
      if (!definition) throw new Error(`The schema has no field ${type}.${name}.`);
      definition.resolve = (_source, args, context) => method(args as never, context);
    }
  }
}
