import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Assignment } from '../../core/assignment.js';
import type { DefinitionSet } from '../../services/definitions.js';
import type { Context } from '../context.js';
import { AssignmentObject } from '../types/assignment.js';
import { DefinitionSetObject } from '../types/definition.js';
import { UnitInput } from '../types/unit.js';
import { withDevice } from './assignment.js';

interface Data {
  readonly args: { readonly unit: UnitInput; readonly experimentKeys?: readonly string[]; readonly after?: string };
  readonly context: Context;
}

/** What clients follow. The arguments are read by the streams; the methods show each message. */
@Resolver()
export class LiveDefinitionResolver {
  @Subscription(() => [AssignmentObject], {
    description:
      'What a unit gets: first everything, then each time those assignments that changed, so that a rollback reaches open pages (CLIENT).',
    subscribe({ args, context }: Data) {
      const keys = args.experimentKeys ?? null;
      return context.services.assignmentUpdates.follow(keys, withDevice(context, args.unit, keys));
    },
  })
  assignmentsUpdated(
    @Root() assignments: readonly Assignment[],
    @Arg('unit', () => UnitInput, { description: 'Who asks.' }) _unit: UnitInput,
    @Arg('experimentKeys', () => [ID], {
      nullable: true,
      description: 'Keys of the experiments, at most 100; left out: as for assignments.',
    })
    _experimentKeys?: readonly string[],
  ) {
    return assignments;
  }

  @Subscription(() => DefinitionSetObject, {
    description: 'What an SDK needs to assign in memory: first the whole set, or what changed since `after`, then each change (SERVER).',
    subscribe: ({ args, context }: Data) => context.services.definitions.follow(args.after ?? null),
  })
  definitionsUpdated(
    @Root() definitions: DefinitionSet,
    @Arg('after', () => String, { nullable: true, description: 'Version that the client holds.' }) _after?: string,
  ) {
    return definitions;
  }
}
