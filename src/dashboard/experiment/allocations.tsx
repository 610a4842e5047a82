import { share } from '../format/numbers.js';
import { duration, Time } from '../format/time.js';
import { causeWords, wordOf } from '../format/words.js';
import { AllocationsDocument, type AllocationsQuery, type HeaderFragment } from '../generated/graphql.js';
import { Listing } from './listing.js';
import { usePages } from './use-pages.js';
import type { ShownVariant } from './variants.js';

interface AllocationsProps {
  readonly experiment: HeaderFragment;
  readonly variants: readonly ShownVariant[];
}

const allocationsOf = (data: AllocationsQuery) => data.experiment?.allocations;

/** Who got what, from when to when, and why it changed. */
export function Allocations({ experiment, variants }: AllocationsProps) {
  const { listed, fault, more } = usePages({
    query: AllocationsDocument,
    experimentKey: experiment.key,
    read: allocationsOf,
    changedWith: experiment.allocation?.version,
  });
  return (
    <Listing label="Allocations" listed={listed} fault={fault} onMore={more} empty="Nobody has been assigned yet.">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">From</th>
          <th scope="col">For</th>
          <th scope="col">Cause</th>
          <th scope="col" className="number">
            Traffic
          </th>
          {variants.map(({ key, label }) => (
            <th key={key} scope="col" className="number">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {listed?.items.map(({ version, startedAt, endedAt, cause, trafficAllocation, weights }) => (
          <tr key={version}>
            <td>{version}</td>
            <td>
              <Time at={startedAt} />
            </td>
            <td>{endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : 'now'}</td>
            <td>{wordOf(causeWords, cause)}</td>
            <td className="number">{share(trafficAllocation)}</td>
            {variants.map(({ key }) => (
              <td key={key} className="number">
                {share(weights.find(({ variant }) => variant === key)?.weight ?? 0)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Listing>
  );
}
