import { Badge, Group, Switch, Text } from '@mantine/core';
import { DataTable } from '../charts/data-table.js';
import { Panel } from '../charts/panel.js';
import { Swatch } from '../charts/swatch.js';
import { count, percent, share } from '../format/numbers.js';
import { Time } from '../format/time.js';
import { Known, Unknown } from '../format/unknown.js';
import type { HeaderFragment } from '../generated/graphql.js';
import { CountsChart } from './counts-chart.js';
import type { LiveExperiment } from './use-live-experiment.js';
import type { ShownVariant } from './variants.js';

interface VariantsTableProps {
  readonly live: LiveExperiment;
  readonly variants: readonly ShownVariant[];
  /** Asks whether to switch a variant on or off; null: it cannot be. */
  readonly onToggle: ((variant: string, enabled: boolean) => void) | null;
}

/** Who is in the experiment and what they did, at most a second behind. */
export function VariantsTable({ live, variants, onToggle }: VariantsTableProps) {
  const { experiment, counts } = live;
  const hasStarted = experiment.startedAt !== null || experiment.status === 'DRY_RUN';
  const unserved = unservedReason(experiment);
  return (
    <Panel
      title="Variants"
      hint={
        counts && hasStarted ? (
          <>
            Counts as of <Time at={counts.at} as="clock" />
          </>
        ) : (
          'Nobody is assigned before the start'
        )
      }
    >
      <DataTable label="Variants: table">
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col" className="number">
              Weight
            </th>
            <th scope="col" className="number">
              Units
            </th>
            <th scope="col" className="number">
              Conversions
            </th>
            <th scope="col" className="number">
              Rate
            </th>
          </tr>
        </thead>
        <tbody>
          {variants.map(({ key, label, isControl, colour, dash }) => {
            const tally = counts?.variants.find(({ variant }) => variant === key);
            const { weight = 0, currentWeight, enabled = true } = experiment.variants.find((variant) => variant.key === key) ?? {};
            const reason = hasStarted ? 'No units yet' : 'Not started';
            return (
              <tr key={key} data-variant={key}>
                <th scope="row">
                  <Group gap={8}>
                    <Group gap={8} wrap="nowrap">
                      <Swatch colour={colour} dash={dash} />
                      <span className="break">{label}</span>
                    </Group>
                    {isControl && (
                      <Badge size="xs" variant="default" tt="none">
                        control
                      </Badge>
                    )}
                    {experiment.shippedVariant === key && (
                      <Badge size="xs" color="teal" tt="none">
                        shipped
                      </Badge>
                    )}
                    {!isControl && (onToggle || !enabled) && (
                      <Switch
                        size="xs"
                        aria-label={`${label} is served`}
                        checked={enabled}
                        disabled={!onToggle}
                        onChange={({ currentTarget }) => onToggle?.(key, currentTarget.checked)}
                      />
                    )}
                  </Group>
                </th>
                <td className="number" data-weight>
                  {unserved === null ? share(currentWeight ?? weight) : <Unknown reason={unserved} />}
                </td>
                <td className="number" data-count="exposures">
                  <Known value={hasStarted ? tally?.exposures : null} write={count} reason={reason} />
                </td>
                <td className="number" data-count="conversions">
                  <Known value={hasStarted ? tally?.conversions : null} write={count} reason={reason} />
                </td>
                <td className="number">
                  <Known
                    value={tally && tally.exposures > 0 ? tally.conversions / tally.exposures : null}
                    write={percent}
                    reason={reason}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </DataTable>
      {counts && (counts.botEvents > 0 || counts.mismatchedUnits > 0) && (
        <Text size="xs" c="dimmed" mt={4}>
          {count(counts.botEvents)} events of bots turned away · {count(counts.mismatchedUnits)} units claimed a variant they were not
          served
        </Text>
      )}
      {hasStarted && <CountsChart live={live} variants={variants} />}
    </Panel>
  );
}

/** Why no unit gets a variant by its weight any more; null while units do. */
function unservedReason({ status, shippedVariant }: HeaderFragment): string | null {
  if (status === 'ARCHIVED') return 'Archived: no variant is served';
  return status === 'STOPPED' && !shippedVariant ? 'Stopped: every unit gets the control' : null;
}
