import { Button, Group, Tabs, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { DataTable } from '../charts/data-table.js';
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

function AuditLog({ experiment }: Pick<HistoryProps, 'experiment'>) {
  const { listed, fault, more } = usePages({
    query: AuditDocument,
    experimentKey: experiment.key,
    read: auditOf,
    changedWith: `${experiment.revision} ${experiment.allocation?.version}`,
  });
  return (
    <Listing listed={listed} fault={fault} onMore={more} empty="Nothing has been changed.">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {listed?.items.map(({ id, at, actor, action, reason, before, after }) => (
          <tr key={id}>
            <td style={{ whiteSpace: 'nowrap' }}>
              <Ago at={at} />
            </td>
            <td className="break">{actor}</td>
            <td>
              {action}
              {reason && (
                <Text size="xs" c="dimmed" className="break">
                  “{reason}”
                </Text>
              )}
            </td>
            <td>
              <AuditChange before={before} after={after} />
            </td>
          </tr>
        ))}
      </tbody>
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
      <DataTable label="History">{children}</DataTable>
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
