import { fetchQuery, graphql, type IEnvironment } from 'relay-runtime';
import { waitForFragmentData } from 'relay-runtime/experimental';
import type { allocations_experiment$data, allocations_experiment$key } from './__generated__/allocations_experiment.graphql';
import pageQuery, { type allocationsPageQuery } from './__generated__/allocationsPageQuery.graphql';

const fragment = graphql`
  fragment allocations_experiment on Experiment
  @argumentDefinitions(count: { type: "Int", defaultValue: 1 }, cursor: { type: "String" })
  @refetchable(queryName: "allocationsPageQuery") {
    id
    allocations(first: $count, after: $cursor) @connection(key: "allocations_allocations") {
      edges { node { id version cause } }
      pageInfo { endCursor hasNextPage }
    }
  }
`;

/** All allocations of an experiment, page by page, as `usePaginationFragment` loads them: each page joins those before it in the store. */
export async function loadAllocations(environment: IEnvironment, key: allocations_experiment$key): Promise<allocations_experiment$data> {
  for (;;) {
    const experiment = await waitForFragmentData(environment, fragment, key);
    const { pageInfo } = experiment.allocations ?? {};
    if (!pageInfo?.hasNextPage) return experiment;
    const variables = { id: experiment.id, cursor: pageInfo.endCursor };
    await fetchQuery<allocationsPageQuery>(environment, pageQuery, variables).toPromise();
  }
}
