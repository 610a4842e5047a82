import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';

@ObjectType('PageInfo', { simpleResolvers: true, description: 'Where a page lies in its list; the ends of an empty page have no cursor.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more items follow this page.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether items precede this page.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item of this page.' })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item of this page.' })
  readonly endCursor!: string | null;
}

/** Arguments of every paged list. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'How many from the beginning, 1 to 100; 20 when neither first nor last is given.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what follows this cursor.' })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many from the end, 1 to 100; not together with first.' })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what precedes this cursor.' })
  readonly before?: string | null;
}

/** A page in the shape that clients read; `totalCount` is asked for only when a query selects it. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
  readonly totalCount: () => Promise<number>;
}

/**
 * Makes the two classes of a paged list.
 *
 * @param name   prefix of both types, e.g. `Alert` for `AlertEdge` and `AlertConnection`
 * @param words  one item of the list, the same with its article, and many of them
 */
export function connectionType<T extends object>(
  name: string,
  node: ClassType<T>,
  words: { readonly edge: string; readonly node: string; readonly many: string },
): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `${words.edge} in a list.` })
  class Edge {
    @Field(() => String, { description: 'Where it stands in the list.' })
    readonly cursor!: string;

    @Field(() => node, { description: `${words.node}.` })
    readonly node!: T;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${words.many}.` })
  class PageOfNodes implements Connection<T> {
    @Field(() => [Edge], { description: 'The page, with cursors.' })
    readonly edges!: readonly Edge[];

    @Field(() => [node], { description: 'The page, without cursors.' })
    readonly nodes!: readonly T[];

    @Field(() => PageInfo, { description: 'Where the page lies.' })
    readonly pageInfo!: PageInfo;

    @Field(() => Int, { description: 'Number in the whole list, counted when asked for.' })
    readonly totalCount!: () => Promise<number>;
  }
  return PageOfNodes;
}
