import { Button, Group, Table, Tabs, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { share } from '../format/numbers.js';
import { Ago, duration, Time } from '../format/time.js';
import { causeWords, wordOf } from '../format/words.js';
import {
  AllocationsDocument,
  type AllocationsQuery,
  AuditDocument,
  type AuditQuery,
  type HeaderFragment,
  type RaisedFragment,
} from '../generated/graphql.js';
import { Alerts } from './alerts.js';
import { AuditChange } from './audit-change.js';
import { Plan } from './plan.js';
import classes from './table.module.css';
import { usePages } from './use-pages.js';
import type { ShownVariant } from './variants.js';

interface HistoryProps {
  readonly experiment: HeaderFragment;
  readonly variants: readonly ShownVariant[];
}

/** What was registered, who got what when, who changed what, what went wrong. */
export function HistoryTabs({ experiment, variants, alerts }: HistoryProps & { readonly alerts: readonly RaisedFragment[] }) {
  return (
    <Tabs defaultValue="plan" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="plan">Plan</Tabs.Tab>
        <Tabs.Tab value="allocations">Allocations</Tabs.Tab>
        <Tabs.Tab value="audit">Audit log</Tabs.Tab>
        <Tabs.Tab value="alerts">Alerts ({alerts.length})</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="plan" pt="md">
        <Plan experiment={experiment} />
      </Tabs.Panel>
      <Tabs.Panel value="allocations" pt="md">
        <Allocations experiment={experiment} variants={variants} />
      </Tabs.Panel>
      <Tabs.Panel value="audit" pt="md">
        <AuditLog experiment={experiment} />
      </Tabs.Panel>
      <Tabs.Panel value="alerts" pt="md">
        <Alerts alerts={alerts} />
      </Tabs.Panel>
    </Tabs>
  );
}

const allocationsOf = (data: AllocationsQuery) => data.experiment?.allocations;
const auditOf = (data: AuditQuery) => data.auditLog;

function Allocations({ experiment, variants }: HistoryProps) {
  const { listed, fault, more } = usePages({
    query: AllocationsDocument,
    experimentKey: experiment.key,
    read: allocationsOf,
    changedWith: experiment.allocation?.version,
  });
  return (
    <Listing listed={listed} fault={fault} onMore={more} empty="Nobody has been assigned yet.">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Version</Table.Th>
          <Table.Th scope="col">From</Table.Th>
          <Table.Th scope="col">For</Table.Th>
          <Table.Th scope="col">Cause</Table.Th>
          <Table.Th scope="col" className="number">
            Traffic
          </Table.Th>
          {variants.map(({ key, label }) => (
            <Table.Th key={key} scope="col" className="number">
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {listed?.items.map(({ version, startedAt, endedAt, cause, trafficAllocation, weights }) => (
          <Table.Tr key={version}>
            <Table.Td>{version}</Table.Td>
            <Table.Td>
              <Time at={startedAt} />
            </Table.Td>
            <Table.Td>{endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : 'now'}</Table.Td>
            <Table.Td>{wordOf(causeWords, cause)}</Table.Td>
            <Table.Td className="number">{share(trafficAllocation)}</Table.Td>
            {variants.map(({ key }) => (
              <Table.Td key={key} className="number">
                {share(weights.find(({ variant }) => variant === key)?.weight ?? 0)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Listing>
  );
}

function AuditLog({ experiment }: Pick<HistoryProps, 'experiment'>) {
  const { listed, fault, more } = usePages({
    query: AuditDocument,
    experimentKey: experiment.key,
    read: auditOf,
    changedWith: `${experiment.revision} ${experiment.allocation?.version}`,
  });
  return (
    <Listing listed={listed} fault={fault} onMore={more} empty="Nothing has been changed.">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">When</Table.Th>
          <Table.Th scope="col">Who</Table.Th>
          <Table.Th scope="col">What</Table.Th>
          <Table.Th scope="col">Change</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {listed?.items.map(({ id, at, actor, action, reason, before, after }) => (
          <Table.Tr key={id}>
            <Table.Td style={{ whiteSpace: 'nowrap' }}>
              <Ago at={at} />
            </Table.Td>
            <Table.Td className="break">{actor}</Table.Td>
            <Table.Td>
              {action}
              {reason && (
                <Text size="xs" c="dimmed" className="break">
                  “{reason}”
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <AuditChange before={before} after={after} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Listing>
  );
}

interface ListingProps {
  readonly listed: { readonly items: readonly unknown[]; readonly total: number; readonly next: string | null } | null;
  readonly fault: string | null;
  readonly onMore: () => void;
  readonly empty: string;
  readonly children: ReactNode;
}

function Listing({ listed, fault, onMore, empty, children }: ListingProps) {
  if (fault) {
    return (
      <Text size="sm" c="red" role="alert">
        {fault}
      </Text>
    );
  }
  if (!listed) return <div style={{ minHeight: 160 }} aria-busy="true" />;
  if (listed.items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return (
    <>
      <div className={classes.scroll}>
        <Table verticalSpacing={3} className={classes.table}>
          {children}
        </Table>
      </div>
      <Group justify="space-between" mt="xs">
        <Text size="xs" c="dimmed">
          {listed.items.length} of {listed.total}
        </Text>
        {listed.next && (
          <Button variant="default" size="compact-sm" onClick={onMore}>
            Older
          </Button>
        )}
      </Group>
    </>
  );
}
