import { Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Panel } from '../charts/panel.js';
import type { HeaderFragment, JudgedFragment } from '../generated/graphql.js';
import { ComparisonTable } from './comparison-table.js';
import type { ShownVariant } from './variants.js';

interface ResultsProps {
  readonly evaluation: JudgedFragment;
  readonly experiment: HeaderFragment;
  readonly variants: readonly ShownVariant[];
}

/** All metrics and variants. */
export function Results({ evaluation: { comparisons, method, srm }, experiment: { metrics, evaluationPlan }, variants }: ResultsProps) {
  return (
    <Panel
      title="All metrics"
      hint={`Each variant against the control. ${method === 'BAYESIAN' ? 'Probabilities and intervals are those of the posterior' : `p-values hold at the moment you read them${evaluationPlan.correction === 'NONE' ? '' : ', for the whole family of comparisons'}`}.`}
    >
      {comparisons.length > 0 ? (
        <ComparisonTable label="All metrics" comparisons={comparisons} metrics={metrics} variants={variants} method={method} />
      ) : (
        <Text size="sm" c="dimmed">
          {srm.passed ? 'Nothing to compare yet.' : 'Withheld: the units do not fit the allocation.'}
        </Text>
      )}
    </Panel>
  );
}

/** The same within the parts of the audience that the plan names. */
export function Segments({ evaluation: { segments, method }, experiment: { metrics }, variants }: ResultsProps) {
  const names = segments.map(({ attribute, value }) => `${attribute}: ${value}`);
  const [name, setName] = useState<string | null>(null);
  const place = Math.max(0, names.indexOf(name ?? ''));
  const segment = segments[place];
  if (!segment) return null;
  return (
    <Panel
      title="Segments"
      hint="Among many segments some differ by chance: read them together, not the best one alone"
      aside={
        <Select
          aria-label="Segment"
          size="xs"
          w={220}
          searchable
          allowDeselect={false}
          data={[...new Set(names)]}
          value={names[place] ?? null}
          onChange={setName}
        />
      }
    >
      <Stack gap="xs">
        <ComparisonTable label="Segments" comparisons={segment.comparisons} metrics={metrics} variants={variants} method={method} />
      </Stack>
    </Panel>
  );
}
