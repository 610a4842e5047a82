import { Badge, Group, Switch, Table, Text } from '@mantine/core';
import { Panel } from '../charts/panel.js';
import { Swatch } from '../charts/swatch.js';
import { count, percent, share } from '../format/numbers.js';
import { Time } from '../format/time.js';
import { Known } from '../format/unknown.js';
import { CountsChart } from './counts-chart.js';
import classes from './table.module.css';
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
      <div className={classes.scroll}>
        <Table verticalSpacing={4} className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Variant</Table.Th>
              <Table.Th scope="col" className="number">
                Weight
              </Table.Th>
              <Table.Th scope="col" className="number">
                Units
              </Table.Th>
              <Table.Th scope="col" className="number">
                Conversions
              </Table.Th>
              <Table.Th scope="col" className="number">
                Rate
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {variants.map(({ key, label, isControl, colour, dash }) => {
              const tally = counts?.variants.find(({ variant }) => variant === key);
              const { weight = 0, currentWeight, enabled = true } = experiment.variants.find((variant) => variant.key === key) ?? {};
              const reason = hasStarted ? 'No units yet' : 'Not started';
              return (
                <Table.Tr key={key} data-variant={key}>
                  <Table.Th scope="row" fw={500}>
                    <Group gap={8} wrap="nowrap">
                      <Swatch colour={colour} dash={dash} />
                      <span className="break">{label}</span>
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
                  </Table.Th>
                  <Table.Td className="number">{share(currentWeight ?? weight)}</Table.Td>
                  <Table.Td className="number" data-count="exposures">
                    <Known value={hasStarted ? tally?.exposures : null} write={count} reason={reason} />
                  </Table.Td>
                  <Table.Td className="number" data-count="conversions">
                    <Known value={hasStarted ? tally?.conversions : null} write={count} reason={reason} />
                  </Table.Td>
                  <Table.Td className="number">
                    <Known
                      value={tally && tally.exposures > 0 ? tally.conversions / tally.exposures : null}
                      write={percent}
                      reason={reason}
                    />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
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
