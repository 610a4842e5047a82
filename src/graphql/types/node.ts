import { Field, ID, InterfaceType } from 'type-graphql';
import { decodeNodeId } from '../node-id.js';

@InterfaceType('Node', {
  description: 'Anything that has an identity of its own.',
  resolveType: (value: { readonly id: string }) => decodeNodeId(value.id)?.kind,
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque, unique over all types, never changes.' })
  readonly id!: string;
}
