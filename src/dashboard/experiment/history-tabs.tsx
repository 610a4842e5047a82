import { Tabs } from '@mantine/core';
import type { HeaderFragment, RaisedFragment } from '../generated/graphql.js';
import { Alerts } from './alerts.js';
import { Allocations } from './allocations.js';
import { AuditLog } from './audit-log.js';
import { Plan } from './plan.js';
import type { ShownVariant } from './variants.js';

interface HistoryProps {
  readonly experiment: HeaderFragment;
  readonly variants: readonly ShownVariant[];
  readonly alerts: readonly RaisedFragment[];
}

/** What was registered, who got what when, who changed what, what went wrong. */
export function HistoryTabs({ experiment, variants, alerts }: HistoryProps) {
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
